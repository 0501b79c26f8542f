import Ambient
import Foundation
import Messaging
import Node

/// `message.send`.
enum MessageSending {
  /// Bytes of base64 that a file inside its message may have; larger ones are given as a path.
  private static let inlineBase64 = 80_000

  static let send = Method(
    "message.send", "Writes into a conversation. It is on the disk when this returns, and goes out by itself.",
    scope: .send,
    parameters: [
      ChatMethods.chat, .init("content", contentSchema, "What to say: a text, an attachment, or both."),
      .optional(
        "replyTo", .identifier("ms_"), "The message of this chat that it answers; it is named, and not copied."),
      .optional("viewOnce", .boolean, "To be opened once; no copy is kept here."),
      .optional("expires", .integer(5...31_536_000), "Seconds after reading when it disappears."),
      .optional(
        "wait", .choice(["queued", "relay", "delivered"]), "How far it must have come before this returns; queued."),
      .optional("waitMs", .integer(0...600_000), "How long to wait at most; 30000. Then it returns as far as it is."),
    ],
    result: .object([
      .init("message", .identifier("ms_"), "Its id."), .init("state", .choice(MessageState.names), "How far it is."),
      .init("sentAt", .integer(), "In ms."),
      .init("recipients", .array(.anyObject), "For each: name and state."),
      .optional("unreachable", .array(.text()), "The relays that keep it from getting as far as was waited for."),
      .optional("duplicate", .boolean, "This clientRef was used before: nothing was sent again."),
    ]),
    errors: [
      .notFound, .blocked, .tooLarge, .peerUnsupported, .noSession, .conflict, .forbidden, .storageFull,
      .contentGone,
    ],
    network: .background, mutates: true, sends: true
  ) { call in
    let outgoing = try OutgoingContent(call)
    // Encrypted before anything waits for it.
    let file = try await outgoing.stagedFile(call)
    let result: JSONValue
    do {
      result = try await call.nodeTransaction { node in try outgoing.send(file, with: node) }
      outgoing.end(call, giving: nil)
    } catch {
      outgoing.end(call, giving: file)
      throw error
    }
    guard let wanted = target(call.optionalText("wait")), let id = result["message"]?.string else { return result }
    let limit = Duration.milliseconds(call.integer("waitMs") ?? 30_000)
    let outcome = try await call.context.node.settle(timeLimit: limit) { messenger in
      try messenger.message(try InterfaceID.messageRow(id, at: "message", messenger)).state >= wanted
    }
    return try await call.read { messenger in
      var members =
        Self.result(try messenger.message(try InterfaceID.messageRow(id, at: "message", messenger)))
        .object ?? [:]
      if !outcome.unreachableHosts.isEmpty { members["unreachable"] = .strings(outcome.unreachableHosts) }
      return .object(members)
    }
  }

  private static let contentSchema = Schema.object([
    .optional("text", .text(most: 49_152), "The text, or the caption of the attachment."),
    .optional(
      "attachments",
      .array(
        .object([
          .optional("blob", .identifier("bl_"), "A file that was brought after blob.begin; it goes with one message."),
          .optional(
            "path", .text(most: 4_096),
            "A file that the daemon can read: only over its own socket; relative ones are in the drop directory."),
          .optional("data", .text(most: inlineBase64), "The file itself in base64, if it is small."),
          .optional("name", .text(most: 255), "As the recipient sees it; needed with data."),
          .optional("mime", .text(most: 127), "What it is; application/octet-stream without it."),
        ]), most: 1), "Files that go with it: one."),
  ])

  private static func target(_ wait: String?) -> MessageState? {
    switch wait {
    case "relay": .stored
    case "delivered": .delivered
    default: nil
    }
  }

  fileprivate static func result(_ message: MessageView) -> JSONValue {
    let state: JSONValue = .string(message.state.name)
    return [
      "message": .string(InterfaceID.message(message)), "state": state, "sentAt": .integer(message.sentAt.milliseconds),
      "recipients": [
        .object(present: [
          "name": .string(message.contact), "state": state, "kind": message.failure.map { .string($0.name) },
        ])
      ],
    ]
  }
}

/// What a call wants to be sent, checked.
private struct OutgoingContent: Sendable {
  enum File: Sendable {
    case inline(AttachedFile)
    case path(String, name: String?, mime: String)
    case blob(String, name: String?, mime: String?)
  }

  /// A file that is ready to go.
  struct Staged: Sendable {
    let file: StagedFile
    let name: String
    let mime: String
  }

  let chat: Int64
  let text: String
  let file: File?
  let isViewOnce: Bool
  let limits: MessageLimits?
  let replyTo: String?

  init(_ call: Call) throws(InterfaceError) {
    chat = try call.chat()
    let content = call.value("content")
    text = content?["text"]?.string ?? ""
    isViewOnce = call.flag("viewOnce")
    replyTo = call.optionalText("replyTo")
    limits = call.integer("expires").map {
      MessageLimits(readSeconds: UInt32(clamping: $0), maximumAgeSeconds: 0)
    }
    file = try content?["attachments"]?.array?.first.map { value throws(InterfaceError) in
      try Self.file(value)
    }
    guard !text.isEmpty || file != nil else {
      throw .parameter("content", expected: "a text, an attachment, or both")
    }
  }

  private static func file(_ value: JSONValue) throws(InterfaceError) -> File {
    let place = "content.attachments[0]"
    let mime = value["mime"]?.string
    switch (value["path"]?.string, value["data"]?.string, value["blob"]?.string) {
    case (let path?, nil, nil):
      return .path(path, name: value["name"]?.string, mime: mime ?? Self.unknownType)
    case (nil, let data?, nil):
      guard let bytes = Data(base64Encoded: data) else { throw .parameter(place + ".data", expected: "base64") }
      guard let name = value["name"]?.string else { throw .parameter(place + ".name", expected: "given with data") }
      return .inline(AttachedFile(name: name, mime: mime ?? Self.unknownType, bytes: [UInt8](bytes)))
    case (nil, nil, let blob?): return .blob(blob, name: value["name"]?.string, mime: mime)
    default: throw .parameter(place, expected: "an object with one of blob, path and data")
    }
  }

  private static let unknownType = "application/octet-stream"

  /// The file that a path or an upload names, encrypted; nil for what comes with the call, and when there is none.
  func stagedFile(_ call: Call) async throws -> Staged? {
    switch file {
    case nil, .inline: return nil
    case .blob(let id, let name, let mime):
      let (description, file) = try call.context.staged.take(id, owner: call.caller.id)
      return Staged(file: file, name: name ?? description.name, mime: mime ?? description.mime)
    case .path(let path, let name, let mime):
      let held = try call.context.namedFiles.readable(path, at: "content.attachments[0].path", for: call.caller)
      let staged = try await call.context.node.stage(fileAt: held.path)
      withExtendedLifetime(held) {}
      return Staged(file: staged, name: name ?? URL(fileURLWithPath: path).lastPathComponent, mime: mime)
    }
  }

  /// The message has its file, and the upload is over; or it has not, and the upload is as it was.
  func end(_ call: Call, giving back: Staged?) {
    if case .blob(let id, _, _) = file { call.context.staged.end(id, giving: back?.file) }
  }

  func send(_ staged: Staged?, with node: isolated Node) throws -> JSONValue {
    let (contact, options) = try node.withMessenger { messenger in
      guard try !messenger.isCopied() else { throw MessagingError.vaultCopied }
      let chat = try messenger.conversation(self.chat)
      return (
        chat.contact.id,
        SendOptions(
          limits: limits, isViewOnce: isViewOnce, chat: chat.kind == .secret ? chat.id : nil,
          replyTo: try replyTo.map { try InterfaceID.messageRow($0, at: "replyTo", messenger) })
      )
    }
    if let staged {
      let message = try node.send(
        text: text, staged: staged.file, name: staged.name, mime: staged.mime, to: contact, options: options)
      // If the transaction fails after all, nothing names the file, and it is removed with what nothing names.
      staged.file.keep(for: message)
      return MessageSending.result(message)
    }
    let inside: AttachedFile? = if case .inline(let file) = file { file } else { nil }
    return MessageSending.result(
      try node.withMessenger { try $0.send(text: text, file: inside, to: contact, options: options) })
  }
}
