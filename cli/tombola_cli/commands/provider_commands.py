"""The provider commands: which services give coupons, whether their definitions are right, and one to try with."""

from typing import Annotated

import typer

from tombola_cli.commands.options import Json, Profile, Region, StackName, chosen_stack

app = typer.Typer(help="Providers of coupons: outside services that distribution asks.", no_args_is_help=True)

SAMPLE_KEY = "a key that is no secret"

Name = Annotated[str, typer.Argument(metavar="NAME", help="As an activity's file names it.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="A port of 127.0.0.1; 0: a free one.")]
Key = Annotated[str, typer.Option(help="The key that requests must be signed with.")]
Define = Annotated[str | None, typer.Option(metavar="NAME", help="Define it as this provider of the local stack.")]
Slow = Annotated[float, typer.Option(help="The chance, 0 to 1, of an answer after --slow-seconds.")]
SlowSeconds = Annotated[float, typer.Option(min=0, help="How late a slow answer is.")]
Failing = Annotated[float, typer.Option(help="The chance of a 503, half of them with effect.")]
Lying = Annotated[float, typer.Option(help="The chance of a 200 without a coupon, a huge answer or a redirect.")]
Refusing = Annotated[float, typer.Option(help="The chance of a 401, as if the key had expired.")]
Down = Annotated[float, typer.Option(help="The chance of no answer at all.")]
Seed = Annotated[int, typer.Option(help="What chance begins with: the same seed gives the same faults.")]
Seconds = Annotated[float | None, typer.Option(min=0, help="End after so many seconds.")]


@app.command("serve")
def serve_command(
    port: Port = 0,
    key: Key = SAMPLE_KEY,
    define: Define = None,
    slow: Slow = 0.0,
    slow_seconds: SlowSeconds = 5.0,
    failing: Failing = 0.0,
    lying: Lying = 0.0,
    refusing: Refusing = 0.0,
    down: Down = 0.0,
    seed: Seed = 0,
    seconds: Seconds = None,
    as_json: Json = False,
) -> None:
    """Serve a sample provider, which knows a key again, until Ctrl-C ends it.

    POST /faults sets the chances anew, such as {"down": 1}; GET / tells them, and how many coupons were given.
    """
    from tombola_cli.local.sample_provider import Faults, serve
    from tombola_cli.operate.providers import define_sample
    from tombola_cli.screens import output, provider_sheets

    def ready(url: str) -> None:
        if define is not None:
            define_sample(chosen_stack(None, None, None), define, url, key)
        output.show(provider_sheets.serving(url, define), as_json=as_json)

    faults = Faults(slow=slow, failing=failing, lying=lying, refusing=refusing, down=down)
    serve(port, key, faults, slow_seconds, seed, seconds, ready)


@app.command("list")
def list_command(
    stack: StackName = None, region: Region = None, profile: Profile = None, as_json: Json = False
) -> None:
    """List the providers that are defined, right or wrong."""
    from tombola_cli.operate import providers
    from tombola_cli.screens import output, provider_sheets

    output.show(provider_sheets.listed(providers.defined(chosen_stack(stack, region, profile))), as_json=as_json)


@app.command("check")
def check_command(
    name: Name, stack: StackName = None, region: Region = None, profile: Profile = None, as_json: Json = False
) -> None:
    """Check a provider's definition, as distribution reads it; of key and address only the host is shown.

    What is wrong is told by the name of the field. Nothing is asked of the provider.
    """
    from tombola_cli.operate import providers
    from tombola_cli.screens import output, provider_sheets

    output.show(provider_sheets.checked(providers.checked(chosen_stack(stack, region, profile), name)), as_json=as_json)
