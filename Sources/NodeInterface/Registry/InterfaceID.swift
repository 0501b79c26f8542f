import ByteLayout
import Messaging

/// The ids of the interface: a prefix that says what it is, and the place in this vault.
enum InterfaceID: String, Sendable {
  case contact = "ct_"
  case chat = "ch_"
  case message = "ms_"
  case event = "ev_"
  case account = "ac_"
  case token = "tk_"
  case webhook = "wh_"
  case invite = "in_"
  case blob = "bl_"

  func text(_ row: Int64) -> String { rawValue + String(row) }

  /// - Throws: ``InterfaceError`` of the kind not_found for what names nothing.
  func row(_ text: String, at path: String) throws(InterfaceError) -> Int64 {
    guard text.hasPrefix(rawValue), let row = Int64(text.dropFirst(rawValue.count)), row > 0,
      self.text(row) == text
    else { throw .parameter(path, expected: Schema.identifier(rawValue).expectation) }
    return row
  }

  /// A message by the id that both sides know, or by its place where there is no such id: `ms_7f…` or `ms_r12`.
  static func message(_ view: MessageView) -> String {
    if case .info = view.body { return message.rawValue + "r\(view.id)" }
    if view.messageID == FixedBytes<16>() { return message.rawValue + "r\(view.id)" }
    return message.rawValue + Hexadecimal.encode(view.messageID.array)
  }

  /// The file of a message: its id with another beginning.
  static func blob(of view: MessageView) -> String {
    blob.rawValue + message(view).dropFirst(message.rawValue.count)
  }

  /// The place of a message.
  static func messageRow(_ text: String, at path: String, _ messenger: Messenger) throws -> Int64 {
    let malformed = InterfaceError.parameter(path, expected: Schema.identifier(message.rawValue).expectation)
    guard text.hasPrefix(message.rawValue) else { throw malformed }
    let rest = text.dropFirst(message.rawValue.count)
    if rest.first == "r" {
      guard let row = Int64(rest.dropFirst()), row > 0 else { throw malformed }
      return row
    }
    // Whatever is wrong with it is told as what was expected.
    guard let bytes = try? Hexadecimal.decode(String(rest)), let id = try? FixedBytes<16>(bytes) else {
      throw malformed
    }
    guard let row = try messenger.messageNumber(id) else {
      throw InterfaceError(.notFound, "There is no such message.")
    }
    return row
  }
}
