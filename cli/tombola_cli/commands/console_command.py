"""The console command: the same work on pages in a browser."""

from typing import Annotated

import typer

from tombola_cli.commands.options import Json, Profile, Region, StackName, chosen_stack, name_of

Port = Annotated[int | None, typer.Option(min=1, max=65535, help="A port of 127.0.0.1; a free one if left out.")]
Open = Annotated[bool, typer.Option("--open/--no-open", help="Open the browser.")]
Who = Annotated[str, typer.Option(help="Who acts there, for the logs; your login name if left out.")]


def console(
    port: Port = None,
    open_browser: Open = True,
    who: Who = "",
    stack: StackName = None,
    region: Region = None,
    profile: Profile = None,
    as_json: Json = False,
) -> None:
    """Run a campaign on pages in a browser, with your own rights, until Ctrl-C ends it.

    The pages are served on this machine alone. The address that is printed lets one browser in, once.
    """
    from tombola_cli.errors import TombolaError
    from tombola_cli.screens import output, stack_sheets

    try:
        from tombola_cli.console.console_server import serve
        from tombola_cli.console.desk import Desk
    except ModuleNotFoundError as missing:
        raise TombolaError(f"the console needs {missing.name}: pip install 'tombola[console]' brings it") from None

    named = (("--stack", stack), ("--region", region), ("--profile", profile))
    options = tuple(word for name, value in named if value is not None for word in (name, value))
    desk = Desk(stack=chosen_stack(stack, region, profile), who=name_of(who), options=options)

    def opened(address: str) -> None:
        output.show(stack_sheets.console(address), as_json=as_json)
        if open_browser:
            import webbrowser

            webbrowser.open(address)

    serve(desk, port, opened)
