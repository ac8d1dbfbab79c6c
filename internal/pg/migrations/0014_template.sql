-- What organisations have installed of templates. Written only by package
-- template; nothing else depends on it, so that an organisation may do with what
-- was installed as it likes.

-- +goose Up

-- definitions is what the installed version says, the common ancestor of what the
-- organisation has made of it and of a newer version.
CREATE TABLE fieldwork.template_install (
	org_id       bigint      NOT NULL REFERENCES fieldwork.organisation ON DELETE CASCADE,
	template     text        NOT NULL,
	version      int         NOT NULL,
	definitions  jsonb       NOT NULL,
	installed_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, template)
);

-- The sample records that are there, by their names in templates. A record that
-- several templates need has a row of each; position is the order of their making.
CREATE TABLE fieldwork.template_sample (
	org_id   bigint NOT NULL REFERENCES fieldwork.organisation ON DELETE CASCADE,
	template text   NOT NULL,
	form     text   NOT NULL,
	name     text   NOT NULL,
	record   bigint NOT NULL,
	position int    NOT NULL,
	PRIMARY KEY (org_id, template, form, name)
);
