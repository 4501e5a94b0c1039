"""A place where a file is dropped, or chosen by keyboard."""

from collections.abc import Awaitable, Callable

from nicegui import events, ui

Taken = Callable[[events.UploadEventArguments], Awaitable[None]]
# The uploader's own button has no name, and nests what can be clicked.
CHOICE = """
<label class="tombola-choice"><span>{label}</span>
<input type="file" @change="event => {{ props.addFiles(event.target.files); event.target.value = null }}" />
</label>
"""


def file_drop(label: str, bytes_max: int, taken: Taken, not_taken: Callable[[], None]) -> None:
    """Await taken for each file that is dropped; call not_taken for one of more than bytes_max."""

    async def given(upload: events.UploadEventArguments) -> None:
        upload.sender.reset()  # type: ignore[attr-defined]  # an upload
        if upload.file.size() > bytes_max:  # whatever the browser let pass
            return not_taken()
        return await taken(upload)

    upload = ui.upload(auto_upload=True, max_file_size=bytes_max, on_upload=given, on_rejected=not_taken)
    upload.classes("tombola-drop").props("flat bordered").add_slot("header", CHOICE.format(label=label))
