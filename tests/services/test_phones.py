"""Phone numbers: read as written, kept sealed, shown masked."""

import pytest
from apiflask import APIFlask

from app.errors import PhoneInvalid
from app.gateways.vault import SecretUnreadable
from app.services import phones
from app.wiring import parts


@pytest.mark.parametrize(
    "written", ["13800138000", "138 0013 8000", "+86 138-0013-8000", "008613800138000", "+8613800138000"]
)
def test_a_number_is_read_however_it_is_written(written: str) -> None:
    assert phones.parse(written) == "+8613800138000"


@pytest.mark.parametrize(
    "written",
    ["", "12345", "1380013800", "138001380000", "hello", "+99912345678", "13800138000 ext 5", "1" * 5000, "\ud800"],
)
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(PhoneInvalid):
        phones.parse(written)


def test_a_mask_never_shows_enough_to_dial() -> None:
    assert phones.mask("+8613800138000") == "138****8000"
    assert phones.mask("+447400123456") == "+44****456"
    assert phones.mask("+85261234567") == "+852****67"


def test_a_sealed_phone_is_found_by_index_and_opened_only_beside_it(app: APIFlask) -> None:
    vault = parts().vault
    one, other = phones.seal("+8613800138000", vault=vault), phones.seal("+8613900139000", vault=vault)
    assert phones.index_of("+8613800138000", vault=vault) == one.index != other.index
    assert b"138001" not in one.cipher
    assert "138001" not in repr(one)
    assert vault.decrypt(one.cipher, context=phones.cipher_context(one.index)) == "+8613800138000"
    with pytest.raises(SecretUnreadable):
        vault.decrypt(one.cipher, context=phones.cipher_context(other.index))
