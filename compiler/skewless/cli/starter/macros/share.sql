{# A macro is text that is put in where it is called. NULL where there is nothing to divide by. #}
{% macro share(part, whole) -%}
    {{ part }} / nullif({{ whole }}, 0)
{%- endmacro %}
