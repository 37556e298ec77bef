"""`drift completion`."""

from __future__ import annotations

import click

from drift.output import terminal

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that lets a shell complete drift's command line.

    It completes commands, options, targets of drift.yaml, rules and sources.

    \b
    Examples:
      eval "$(drift completion bash)"    # in ~/.bashrc
      eval "$(drift completion zsh)"     # in ~/.zshrc, after compinit
      drift completion fish > ~/.config/fish/completions/drift.fish
    """
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None
    terminal.write(made(ctx.find_root().command, {}, "drift", "_DRIFT_COMPLETE").source())
