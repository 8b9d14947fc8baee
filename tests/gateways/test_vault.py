"""The vault: nothing readable without the right key and context, nothing secret in an error."""

import base64

import pytest

from app.gateways import vault
from app.gateways.vault import SecretUnreadable, Vault

OLD = base64.b64encode(b"o" * 32).decode()
NEW = base64.b64encode(b"n" * 32).decode()
INDEX = base64.b64encode(b"i" * 32).decode()


def test_round_trip_hides_the_text_and_is_bound_to_its_context() -> None:
    box = Vault(f"k1:{NEW},k0:{OLD}", INDEX)
    sealed = box.encrypt("+8613800138000 张三", context="member.phone:7")
    assert b"13800138000" not in sealed
    assert sealed != box.encrypt("+8613800138000 张三", context="member.phone:7")
    assert box.decrypt(sealed, context="member.phone:7") == "+8613800138000 张三"
    with pytest.raises(SecretUnreadable):
        box.decrypt(sealed, context="member.phone:8")


def test_rotation_reads_old_rows_and_writes_with_the_first_key() -> None:
    sealed = Vault(f"k0:{OLD}", INDEX).encrypt("a", context="c")
    box = Vault(f"k1:{NEW}, k0:{OLD}", INDEX)
    assert box.key_id_of(sealed) == "k0"
    assert box.decrypt(sealed, context="c") == "a"
    assert box.key_id_of(box.encrypt("a", context="c")) == box.current_key_id == "k1"
    with pytest.raises(SecretUnreadable) as gone:
        Vault(f"k1:{NEW}", INDEX).decrypt(sealed, context="c")
    assert gone.value.data == {"reason": "unknown_key", "key_id": "k0"}


def test_every_changed_byte_is_noticed() -> None:
    box = Vault(f"k1:{NEW}", INDEX)
    sealed = box.encrypt("hello", context="c")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(SecretUnreadable):
            box.decrypt(bytes(changed), context="c")
    for cut in range(len(sealed)):
        with pytest.raises(SecretUnreadable):
            box.decrypt(sealed[:cut], context="c")


@pytest.mark.parametrize(
    "keys", ["", "k1", f"k1:{NEW[:20]}", "k1:***", f"k1:{NEW},k1:{OLD}", f"a b:{NEW}", "k1:" + "QQ==", f"k1:{NEW},"]
)
def test_bad_keys_are_refused_without_showing_them(keys: str) -> None:
    with pytest.raises(ValueError, match="VAULT_KEYS") as refused:
        Vault(keys, INDEX)
    assert NEW not in str(refused.value)
    assert OLD not in str(refused.value)
    assert NEW not in repr(Vault(f"k1:{NEW}", INDEX))


def test_a_short_index_key_is_refused() -> None:
    with pytest.raises(ValueError, match="BLIND_INDEX_KEY"):
        Vault(f"k1:{NEW}", base64.b64encode(b"short").decode())


def test_blind_index_depends_on_value_purpose_and_key() -> None:
    box = Vault(f"k1:{NEW}", INDEX)
    index = box.blind_index("+8613800138000", purpose="phone")
    assert index == Vault(f"k9:{OLD}", INDEX).blind_index("+8613800138000", purpose="phone")
    assert len(index) == 32
    others = {
        box.blind_index("+8613800138001", purpose="phone"),
        box.blind_index("+8613800138000", purpose="coupon"),
        Vault(f"k1:{NEW}", OLD).blind_index("+8613800138000", purpose="phone"),
        box.blind_index("bc", purpose="a"),
        box.blind_index("c", purpose="ab"),
    }
    assert len(others | {index}) == 6


def test_tokens_are_long_and_compared_even_when_hostile() -> None:
    tokens = {vault.new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert min(map(len, tokens)) >= 32
    token = tokens.pop()
    assert vault.equal(vault.token_hash(token), vault.token_hash(token))
    assert not vault.equal(token, "\ud800")
    assert len(vault.token_hash("\ud800\x00")) == 32
