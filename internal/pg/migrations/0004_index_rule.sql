-- +goose Up
ALTER TABLE fieldwork.rule DROP CONSTRAINT rule_kind_is_known;
ALTER TABLE fieldwork.rule ADD CONSTRAINT rule_kind_is_known CHECK (kind IN ('CHECK', 'UNIQUE', 'INDEX'));
