"""A catalogue into what GET /services tells of it."""

from __future__ import annotations

from typing import Any

from skewless.contract.artifact import Bundle
from skewless.ground.diagnostics import did_you_mean
from skewless.serve.http.catalogue import Catalogue
from skewless.serve.http.plans import full_name
from skewless.serve.http.refusal import NO_SERVICE, Refusal


def services_of(catalogue: Catalogue) -> dict[str, Any]:
    """Every service and every source, briefly."""
    return {
        "services": [
            {"name": name, "keys": [key.name for key in one.bundle.keys], "features": len(one.bundle.outputs)}
            for name, one in catalogue.services.items()
        ],
        "sources": [
            {
                "name": name,
                "columns": [{"name": column.name, "type": column.type} for column in one.plan.columns],
                "views": [view.view for view in one.plan.views],
                "not_followed_by": list(one.plan.others),
            }
            for name, one in catalogue.sources.items()
        ],
    }


def service_of(catalogue: Catalogue, name: str) -> dict[str, Any]:
    """One service in full. Raises Refusal when there is none of this name."""
    if name not in catalogue.services:
        hint = did_you_mean(name, catalogue.services)
        message = f"there is no feature service '{name}'"
        raise Refusal(404, f"{message}; {hint}" if hint else message, kind=NO_SERVICE)
    return _described(catalogue.services[name].bundle)


def _described(bundle: Bundle) -> dict[str, Any]:
    return {
        "name": bundle.service,
        "project": bundle.project,
        "keys": [{"name": key.name, "type": key.type} for key in bundle.keys],
        "request_fields": [{"name": field.name, "type": field.type} for field in bundle.fields],
        "features": [
            {
                "name": one.name,
                "full_name": full_name(one),
                "type": one.type,
                "view": one.view,
                "feature": one.feature,
            }
            for one in bundle.outputs
        ],
        "views": [{"name": view, "version": version} for version, view in _versions(bundle).items()],
        "compiled_with": dict(bundle.versions),
    }


def _versions(bundle: Bundle) -> dict[str, str]:
    return {one.version: one.view for one in bundle.instances}
