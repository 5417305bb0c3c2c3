"""A plan that is named in the configuration is the one that must be portable."""

from __future__ import annotations

from pathlib import Path

import pytest
from frontend.small_project import compiled, errors, shown

MODEL = """\
{{{{ config(entity='user', plan='{plan}') }}}}
select user_id, count(distinct store_id) filter (where {{{{ last('1 day') }}}}) as stores
from {{{{ source('shop', 'payments') }}}}
group by user_id
"""


@pytest.mark.parametrize(("plan", "is_portable"), [("range_join", True), ("window_union", False)])
def test_the_plan_that_is_named_must_be_portable(tmp_path: Path, plan: str, is_portable: bool) -> None:
    workspace = compiled(tmp_path, {"features/v.sql": MODEL.format(plan=plan)}, "spark")
    codes = [fault.code for fault in errors(workspace)]
    assert codes == ([] if is_portable else ["unportable-function"]), shown(workspace)
