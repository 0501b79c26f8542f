import ByteLayout
import Primitives
import SecretMemory

/// label ‖ 0x00 ‖ mailbox ‖ …, under a message authentication code cut to 16 bytes.
struct MailboxMessage {
  var writer: LayoutWriter

  init(_ label: String, mailbox: FixedBytes<32>) {
    writer = LayoutWriter(capacity: 80)
    writer.append(label.utf8)
    writer.uint8(0)
    writer.append(mailbox)
  }

  func code(key: borrowing SecretBytes, keyByteCount: Int) throws(KeyAgreementError) -> FixedBytes<16> {
    guard key.byteCount == keyByteCount else {
      throw .primitive(.wrongByteCount(expected: keyByteCount, actual: key.byteCount))
    }
    return HMACSHA256.code(writer.bytes, key: key).prefix()
  }
}
