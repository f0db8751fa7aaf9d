"""What all requests that change stock or warehouses have in common: their answer."""

from holdfast.messages.base import Request
from holdfast.stock import WriteReceipt
from holdfast.wire import Reader, Writer


class WriteRequest(Request[WriteReceipt]):
    """A request that is answered with a receipt."""

    @staticmethod
    def read_answer(reader: Reader, is_repeated: bool) -> WriteReceipt:
        """See ``Request``."""
        lsn, rows, shortfalls = reader.u64(), reader.u32(), reader.u32()
        on_hand, available, version = reader.i64(), reader.i64(), reader.u64()
        return WriteReceipt(lsn, rows, shortfalls, on_hand, available, version, is_repeated)

    @staticmethod
    def write_answer(answer: WriteReceipt, writer: Writer) -> None:
        """See ``Request``."""
        writer.u64(answer.lsn)
        writer.u32(answer.rows)
        writer.u32(answer.shortfalls)
        writer.i64(answer.on_hand)
        writer.i64(answer.available)
        writer.u64(answer.version)
