/// An answer to a message of the same conversation.
///
/// It names that message and has no copy of it: what was said is shown from where it is, for as long as it is there.
package struct Reply: Hashable, Sendable {
  /// The message that is answered.
  package let target: OperationTarget
  /// The answer itself: text, file or attachment.
  package let body: Body

  /// - Throws: ``ContentError/notAllowed(_:)`` for an answer that is view-once, or an answer again.
  package init(target: OperationTarget, body: Body) throws(ContentError) {
    switch body {
    case .text, .file, .attachment: break
    case .viewOnce, .reply: throw .notAllowed(.kind)
    }
    self.target = target
    self.body = body
  }

  private init(_ target: OperationTarget, unchecked body: Body) {
    self.target = target
    self.body = body
  }

  /// The same answer in other words.
  func with(words: CleanText) -> Reply? { body.with(words: words).map { Reply(target, unchecked: $0) } }
}

extension Body {
  /// What is said, without what it answers.
  package var said: Body {
    guard case .reply(let reply) = self else { return self }
    return reply.body
  }
}
