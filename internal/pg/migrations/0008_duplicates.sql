-- What is compared when duplicates of a record are looked for: names, codes,
-- telephone numbers and e-mail addresses without what people write in more than
-- one way. Forms have indexes over this (docs/adr/0021), so it must never come to
-- anything else for the same text: a better way gets a name of its own.

-- +goose Up

-- The key of a text that is a NAME, a CODE, a PHONE or an EMAIL; null where nothing
-- is left of it. At most 500 characters, which fit an index of PostgreSQL.
--
-- NAME and CODE: letters, digits and Chinese without capitals, widths, accents,
-- spaces and punctuation; a NAME also without legal forms at its end, unless it is
-- nothing else. Branches (分公司) are not legal forms, and places are never left out.
-- PHONE: digits of the national number in China, behind + elsewhere; no extension.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION fieldwork_expr.duplicate_key(value text, how text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 500 AS $$
DECLARE
    words text;
    key text;
BEGIN
    IF how IN ('PHONE', 'EMAIL') THEN
        words := lower(normalize(left(value, 500), NFKC));
        IF how = 'EMAIL' THEN
            RETURN nullif(left(btrim(words, E' \t\n\r'), 500), '');
        END IF;
        words := regexp_replace(words, '([0-9][^0-9a-z]*)(ext|x|#|转|轉|分机|分機).*$', '\1');
        key := regexp_replace(words, '[^0-9]+', '', 'g');
        IF words ~ '^[^0-9]*\+' OR key ~ '^00' THEN
            key := ltrim(key, '0');
            IF key !~ '^86' THEN
                RETURN '+' || nullif(key, '');
            END IF;
            key := substr(key, 3);
        ELSIF key ~ '^86[1-9][0-9]{9,10}$' THEN
            key := substr(key, 3);
        END IF;
        RETURN nullif(ltrim(key, '0'), '');
    END IF;
    words := lower(fieldwork_expr.search_fold(left(value, 500)));
    IF how = 'NAME' THEN
        words := regexp_replace(words, '[.''’]+', '', 'g');
    END IF;
    words := ' ' || regexp_replace(words, '[\u0001-/:-`{-\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u3004\u3006\u3008-\u3020\u3030\u303d-\u303f\u30fb\ufe10-\ufe6f\uff00-\uffff]+', ' ', 'g');
    IF how = 'NAME' THEN
        key := replace(regexp_replace(words, '( (co|company|corp|corporation|inc|incorporated|ltd|coltd|limited|llc|llp|plc|pte|pty|pvt|private|sdn|bhd|gmbh|mbh|ag|kg|se|sa|sas|sarl|srl|bv|nv|ab|oy|group)(?=[^0-9a-z]|$)|有限责任|有限責任|有限|股份|集团|集團|(?<![分子])公司|株式会社|株式會社| )+$', ''), ' ', '');
    END IF;
    RETURN nullif(left(coalesce(nullif(key, ''), replace(words, ' ', '')), 500), '');
END $$;
-- +goose StatementEnd

-- Forms that are there get their indexes in the background, by the job that makes
-- those for searches.
INSERT INTO fieldwork.job (org_id, form, action, input) SELECT org_id, key, 'search', '{}' FROM fieldwork.form WHERE archived_at IS NULL;

-- +goose Down
DROP FUNCTION fieldwork_expr.duplicate_key(text, text) CASCADE;
