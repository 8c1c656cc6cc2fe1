"""The JSON provider of the Quart application."""

from typing import Any

from quart.json.provider import JSONProvider

from .codec import decode, decode_with, encode, encode_with


class OrjsonProvider(JSONProvider):
    """Reads and writes JSON with orjson; see `codec` for what that means at the edges."""

    mimetype = "application/json"

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """`obj` as JSON text; options are those of `json.dumps`."""
        return encode_with(obj, **kwargs) if kwargs else encode(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The value of a JSON text; options are those of `json.loads`. Raises `ValueError`."""
        return decode_with(s, **kwargs) if kwargs else decode(s)

    def response(self, *args: Any, **kwargs: Any) -> Any:
        """A response with the JSON of the one argument, or of a list or an object made of several."""
        content = encode(self._prepare_response_obj(args, kwargs))
        return self._app.response_class(content, mimetype=self.mimetype)  # type: ignore[arg-type]  # typed for Flask
