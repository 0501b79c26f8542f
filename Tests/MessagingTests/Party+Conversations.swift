import Ambient
import ByteLayout
import MessageContent
import Messaging
import TestSupport
import Testing
import Vault

extension Party {
  /// What this party knows of the other by name.
  func contactID(_ name: String) throws -> Int64 { try core.contact(named: name).id }

  @discardableResult
  func say(_ text: String, to name: String, options: SendOptions, file: AttachedFile? = nil) throws -> Int64 {
    try core.send(text: text, file: file, to: try contactID(name), options: options).id
  }

  /// The messages of a conversation, without info lines.
  func shown(with name: String) throws -> [MessageView] {
    try core.messages(with: try contactID(name)).filter { message in
      if case .info = message.body { return false }
      return true
    }
  }

  func bodies(with name: String) throws -> [MessageBody] { try shown(with: name).map(\.body) }

  /// The info lines of a conversation.
  func lines(with name: String) throws -> [InfoLine] {
    Self.lines(try core.messages(with: try contactID(name)))
  }

  static func lines(_ messages: [MessageView]) -> [InfoLine] {
    messages.compactMap { message in
      guard case .info(let line) = message.body else { return nil }
      return line
    }
  }

  func readAll(of name: String) throws { try core.markRead(try core.messages(with: try contactID(name)).map(\.id)) }

  func setTimer(_ mode: TimerSetting.Mode, _ seconds: UInt32, with name: String) throws {
    try core.setTimer(try TimerSetting(mode: mode, seconds: seconds), with: try contactID(name))
  }

  func timer(with name: String) throws -> TimerSetting { try core.timer(with: try contactID(name)).setting }

  /// Sends what this version's commands would refuse, as another program might.
  func send(raw operation: Operation, to name: String) throws {
    let contact = try contactID(name)
    let content = try ContentCodec.encode(
      Content(
        id: MessageID(FixedBytes { $0.storeBytes(of: UInt8.random(in: .min ... .max), as: UInt8.self) }),
        sentAtMilliseconds: clock.now().milliseconds, kind: .operation(operation)))
    try send(control: content, to: contact)
  }

  /// Sends any bytes as content, as a damaged or a later program might.
  func send(raw content: [UInt8], to name: String) throws { try send(control: content, to: try contactID(name)) }

  private func send(control content: [UInt8], to contact: Int64) throws {
    try withVault { vault in
      _ = try vault.write { transaction in
        try transaction.insertOutbox(
          OutboxRecord(
            contactID: contact, kind: 3, state: 0, notBeforeMilliseconds: 0,
            giveUpAt: self.clock.now().seconds + 86_400, body: [1] + content))
      }
    }
    try goOnline()
  }
}
