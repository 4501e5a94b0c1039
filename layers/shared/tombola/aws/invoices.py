"""Reading an invoice from a message, Lottery's own included."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tombola.rules.invoice import Invoice, Message, PoisonError
from tombola.rules.user_id import USER_ID_MAX

ORDER_ID_MAX = 2**63 - 1


class MalformedInvoiceError(PoisonError):
    """The message is no invoice; it names the fields, never their content."""


class _InvoiceMessage(BaseModel):
    """Lottery's InvoiceVO. The address and extInfo may come, and are not used: the order on record has the truth."""

    model_config = ConfigDict(strict=True)

    u_id: str = Field(alias="uId", min_length=1, max_length=USER_ID_MAX)
    order_id: int = Field(alias="orderId", ge=0, le=ORDER_ID_MAX)
    award_id: str = Field(alias="awardId")
    award_type: int = Field(alias="awardType")
    award_name: str = Field(alias="awardName")
    award_content: str = Field(alias="awardContent")
    shipping_address: dict[str, Any] | None = Field(alias="shippingAddress", default=None)
    ext_info: str | None = Field(alias="extInfo", default=None)


def read_invoice(body: str | None) -> Invoice:
    """Return the invoice in body, JSON; raise MalformedInvoiceError naming what is wrong."""
    if body is None:
        raise MalformedInvoiceError("this message has no body")
    try:
        message = _InvoiceMessage.model_validate_json(body)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['type']}" for each in error.errors())
        raise MalformedInvoiceError(f"this message is no invoice: {wrong}") from None
    return Invoice(
        user_id=message.u_id,
        order_id=message.order_id,
        award_id=message.award_id,
        award_type=message.award_type,
        award_name=message.award_name,
        award_content=message.award_content,
    )


def read_message(message_id: str, body: str | None) -> Message:
    """Return a transport's message, with its invoice or the reason why there is none."""
    try:
        return Message(message_id, read_invoice(body))
    except MalformedInvoiceError as error:
        return Message(message_id, error)
