{# The share of rows in the window whose delay exceeds the project's `late_minutes`. NULL where the window has no rows,
   since nothing was on time then either. #}
{% macro late_share(delay, window) -%}
    count(*) filter (where {{ last(window) }} and {{ delay }} > {{ var('late_minutes') }})
        / count({{ delay }}) filter (where {{ last(window) }})
{%- endmacro %}
