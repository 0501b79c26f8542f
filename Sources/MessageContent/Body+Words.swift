extension Body {
  /// The text, or the caption of a file; nil when there is none, and for what is to be opened once.
  package var words: CleanText? {
    switch said {
    case .text(let text): text
    case .file(let file): file.caption
    case .attachment(let attachment): attachment.caption
    case .viewOnce, .reply: nil
    }
  }

  /// The same with other words; nil for what is to be opened once.
  package func with(words: CleanText) -> Body? {
    switch self {
    case .text: return .text(words)
    case .file(let file):
      return .file(InlineFile(caption: words, name: file.name, mimeType: file.mimeType, data: file.data))
    case .attachment(let attachment):
      return .attachment(
        Attachment(
          caption: words, name: attachment.name, mimeType: attachment.mimeType, pointer: attachment.pointer))
    case .reply(let reply): return reply.with(words: words).map(Body.reply)
    case .viewOnce: return nil
    }
  }
}
