import Ambient
import Messaging

/// `message.edit`.
enum MessageEditing {
  static let edit = Method(
    "message.edit",
    "Puts other words in the place of a text or a caption that you wrote, on both sides; those before are destroyed. "
      + "Within 24 hours, ten times.",
    scope: .send,
    parameters: [
      MessageMethods.message,
      .init("content", .object([.init("text", .text(most: 49_152), "The new words.")]), "What it says from now on."),
      .optional("rev", .integer(1...10), "Which edit this must be, so that none is lost: data.rev and one more."),
    ],
    result: .object([
      .init("message", .identifier("ms_"), "Its id."),
      .init("state", .choice(MessageState.names), "How far the message has come."),
      .optional("rev", .integer(1...10), "How often it was edited; missing when it had not left yet."),
      .optional("editedAt", .integer(), "In ms."),
    ]),
    errors: [.notFound, .forbidden, .contentGone, .windowClosed, .limitReached, .conflict, .tooLarge, .blocked],
    network: .background, mutates: true
  ) { call in
    let (id, revision) = (try call.text("message"), call.integer("rev").map { UInt32(clamping: $0) })
    let text = call.value("content")?["text"]?.string ?? ""
    // Destroying the words of before has steps of its own: the same edit done again changes nothing.
    return try await call.change { messenger in
      guard try !messenger.isCopied() else { throw MessagingError.vaultCopied }
      let message = try messenger.edit(
        try InterfaceID.messageRow(id, at: "message", messenger), text: text, revision: revision)
      return .object(present: [
        "message": .string(InterfaceID.message(message)), "state": .string(message.state.name),
        "rev": message.edit.map { .integer(Int64($0.revision)) },
        "editedAt": message.edit.map { .integer($0.at.milliseconds) },
      ])
    }
  }
}
