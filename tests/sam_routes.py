"""What SAM's own library makes of template.yaml: the routes that `sam local start-api` serves, as JSON.

The interpreter of SAM's environment runs this file. Its argument says whether authorizers are disabled.
"""

import json
import sys

from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

if __name__ == "__main__":
    stacks, _ = SamLocalStackProvider.get_stacks("template.yaml")
    routes = ApiProvider(stacks, cwd=".", disable_authorizer=sys.argv[1] == "disabled").api.routes
    json.dump(
        [
            [f"{method} {route.path}", route.function_name, route.payload_format_version]
            for route in routes
            for method in route.methods
        ],
        sys.stdout,
    )
