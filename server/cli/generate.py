"""`wzrd generate`: one picture, clip, sound or text by any model of the catalog; the price first, then the file."""

import asyncio
import contextlib
import mimetypes
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, cast
from urllib.parse import urlsplit

from cyclopts import Parameter
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from server.cli import DONE, UsageError
from server.cli.board import plural
from server.cli.budget import NO_BUDGET, Budget, BudgetOption, UnpricedOption
from server.cli.caller import CommandFailed, JsonOption, UserOption, calling, identify, integer_between, told_by_name
from wzrd.client import (
    GenerationInput,
    GenerationMetadata,
    GenerationProgress,
    GenerationResult,
    OutputConfig,
    ReferenceAsset,
    UnifiedGenerationService,
)
from wzrd.client.generations import IMAGE
from wzrd.client.outcome import OnProgress
from wzrd.client.references import local_file
from wzrd.contracts.generation_service import GenerationRouteAnswer
from wzrd.contracts.wire import dumps, loads
from wzrd.domain.money import read_cost

Many: TypeAlias = Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)]


async def generate(
    prompt: str,
    *,
    model: str = IMAGE,
    ref: Many = (),
    out: Path | None = None,
    param: Many = (),
    count: Annotated[int | None, integer_between(1, 100)] = None,
    budget: BudgetOption = NO_BUDGET,
    unpriced: UnpricedOption = (),
    project: str | None = None,
    user: UserOption = None,
    json_output: JsonOption = False,
) -> int:
    """Generate one picture, clip, sound or text: tell the price, show how far it is, write the file.

    Without --out the result's address is printed, or the text.

    Args:
        prompt: What is wanted.
        model: An id of the catalog (`wzrd catalog`).
        ref: A picture, clip or sound for the model to go by: a file, which is uploaded, or an address; may be repeated.
        out: The file to write, or a folder. Of several outputs it is the first.
        param: One of the model's own settings, NAME=VALUE, the value as JSON or as text; may be repeated.
        count: How many outputs.
        project: The id of the project that it is for.
    """
    request = read_request(prompt, model, ref, param, count, project)
    _check_out(out)
    caller = await identify(user)
    budget = replace(budget, unpriced=unpriced)
    async with calling(caller) as service:
        print_price(await service.route(request), budget.credits, as_json=json_output)
        async with _shown(as_json=json_output) as on_progress:
            result = await follow(service, request, budget, on_progress)
        target = None if out is None else _target(out, result)
        if target is not None:
            await write_result(service, result, target)
    if json_output:
        _print_event("result", {**result.wire(), **({"out": str(target)} if target else {})})
    else:
        print(target or result.url or _text(result))
    if not json_output:
        _print_summary(result)
    return DONE


def read_request(
    prompt: str, model: str, refs: Sequence[str], params: Sequence[str], count: int | None, project: str | None
) -> GenerationInput:
    """Request that the command line asks for.

    Raises:
        UsageError: a setting that is none, a file that is not there or no media.
    """
    try:
        return GenerationInput(
            model=model,
            prompt=prompt,
            parameters=dict(_read_param(text) for text in params),
            reference_assets=[ReferenceAsset(url=one, type=_kind_of(one)) for one in refs],
            output_config=OutputConfig(count=count),
            metadata=GenerationMetadata(project_id=project),
        )
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise UsageError(wrong) from None


def _read_param(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not name.strip() or not equals:
        raise UsageError(f"--param {text!r} is no NAME=VALUE", remedy="for example --param duration=5")
    with contextlib.suppress(ValueError):
        return name.strip(), loads(value)
    return name.strip(), value


def _kind_of(ref: str) -> Literal["image", "video", "audio"]:
    """Kind of a reference by its name; an address that does not tell is a picture."""
    path = local_file(ref)
    if path is not None and not path.is_file():
        raise UsageError(f"--ref {ref}: there is no such file", remedy="give a file, or an https address")
    media_type = mimetypes.guess_type(path.name if path else urlsplit(ref).path)[0] or ("" if path else "image/*")
    kind = media_type.partition("/")[0]
    if kind not in {"image", "video", "audio"}:
        raise UsageError(f"--ref {ref}: that is no picture, clip or sound by its name")
    return cast("Literal['image', 'video', 'audio']", kind)


def _check_out(out: Path | None) -> None:
    """See, before anything is paid, that the file can be written.

    Raises:
        CommandFailed: its folder is not there and cannot be made.
    """
    if out is None:
        return
    folder = out if out.is_dir() else out.parent
    with told_by_name(out, "name another file with --out"):
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".{out.name}.part"
        probe.touch()
        probe.unlink()


def print_price(route: GenerationRouteAnswer, budget: int | None, *, as_json: bool) -> None:
    """Say what will run, and for how much.

    Raises:
        CommandFailed: it is no model, cannot run here, or is over the budget; nothing has been started.
    """
    if route.unknown_model:
        raise CommandFailed(route.unknown_model, remedy="`wzrd catalog` lists what there is")
    if as_json:
        _print_event("price", route.wire())
    else:
        asks = f", its vendor asks {cost.text()}" if (cost := read_cost(route.cost)) and cost.most != 0 else ""
        print(f"{route.resolved_model}: {plural(route.credits, 'credit')}{asks}", file=sys.stderr)
    if route.fallback_reason and not as_json:
        print(f"it stands in for another model ({route.fallback_reason})", file=sys.stderr)
    if not route.runnable:
        raise CommandFailed(route.reason or "it cannot run here")
    if budget is not None and route.credits > budget:
        message = f"{route.resolved_model} costs {plural(route.credits, 'credit')}, more than the budget of {budget}"
        raise CommandFailed(message, remedy="raise --budget, or name a cheaper model with --model")


async def follow(
    service: UnifiedGenerationService, request: GenerationInput, budget: Budget, on_progress: OnProgress
) -> GenerationResult:
    """Start it and follow it to its end; who interrupts is told how to stop what goes on."""
    begun = await service.generate(
        request, wait=False, max_credits=budget.credits, max_usd=budget.max_usd, allow_unpriced=budget.unpriced
    )
    run_id = begun.metadata.generation_id
    try:
        return await service.result(run_id, on_progress)
    except asyncio.CancelledError:
        print(f"still being made: {run_id}; stop it with `wzrd cancel {str(run_id)[:8]}`", file=sys.stderr)
        raise


def _target(out: Path, result: GenerationResult) -> Path:
    """The file to write; a folder takes the result under its own name."""
    name = Path(urlsplit(result.url).path).name if result.url else "text.txt"
    return out / name if out.is_dir() else out


async def write_result(service: UnifiedGenerationService, result: GenerationResult, target: Path) -> None:
    """The result as a file, whole or not at all.

    Raises:
        CommandFailed: it cannot be written.
        GenerationError: it could not be fetched.
    """
    try:
        if result.url:
            await service.download(result.url, target)
        else:
            await asyncio.to_thread(target.write_text, _text(result), encoding="utf-8")
    except OSError as error:
        lies = f"; it lies at {result.url}" if result.url else ""
        raise CommandFailed(f"{target}: {error.strerror or error}{lies}") from error


def _text(result: GenerationResult) -> str:
    raw: object = result.metadata.raw
    return str(cast("dict[str, Any]", raw).get("text", "")) if isinstance(raw, dict) else ""


def _print_event(event: str, data: object) -> None:
    print(dumps({"event": event, "data": data}).decode(), flush=True)


def _print_summary(result: GenerationResult) -> None:
    known = result.metadata
    size = f"{known.width}x{known.height}" if known.width and known.height else ""
    seconds = f"{known.duration_seconds:.1f} s" if known.duration_seconds else ""
    words = [known.resolved_model, size, seconds, plural(known.credits or 0, "credit")]
    print(" · ".join(filter(None, words)), file=sys.stderr)


@asynccontextmanager
async def _shown(*, as_json: bool) -> AsyncGenerator[OnProgress]:
    """Display of progress: a bar on a terminal, plain lines elsewhere, or JSON."""
    if as_json:
        yield lambda progress: _print_event("progress", progress._asdict())
        return
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda progress: print(f"{progress.percent:>3}%  {progress.message}", file=sys.stderr, flush=True)
        return
    columns = (BarColumn(24), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Starting", total=100)

        def show(progress: GenerationProgress) -> None:
            bar.update(task, completed=progress.percent, description=progress.message)

        yield show
