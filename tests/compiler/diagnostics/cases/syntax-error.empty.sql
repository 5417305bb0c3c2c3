-- @model
{# nothing yet #}
{{ config(entity='user') }}
-- @diagnostics
error[syntax-error]: the model holds no query
  --> features/v.sql:1:18
   |
 1 | {# nothing yet #}
   |                  ^
  help: write one SELECT, or delete the file
