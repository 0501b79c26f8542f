import ByteLayout
import Messaging

/// A message as a command line names it: 32 hexadecimal digits, which `sotto messages --ids` and `--json` show.
enum MessageReference {
  static func number(_ text: String, _ messenger: Messenger) throws -> Int64 {
    guard let bytes = try? Hexadecimal.decode(text), let id = try? FixedBytes<16>(bytes) else {
      throw CommandFailure(
        .usage, "This is not the id of a message.",
        next: "Give the 32 digits that 'sotto messages NAME --ids' shows.")
    }
    guard let number = try messenger.messageNumber(id) else {
      throw CommandFailure(
        .notFound, "There is no such message.", next: "See the ids with 'sotto messages NAME --ids'.")
    }
    return number
  }
}
