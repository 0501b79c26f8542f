/// Something to show.
package enum Body: Hashable, Sendable {
  case text(CleanText)
  case file(InlineFile)
  case attachment(Attachment)
  case viewOnce(ViewOnce)
  indirect case reply(Reply)
}

/// What is to be opened once. Every reader but the one call that opens it must treat it as closed.
package enum ViewOnce: Hashable, Sendable {
  case text(CleanText)
  case file(InlineFile)
  /// What a device gets that cannot open it: that there is something, and nothing of it.
  case stub(ViewOnceStub)
}

/// What view-once content is, as far as it shows before it is opened. The numbers are the wire's.
package enum ViewOnceKind: Int, Hashable, Sendable {
  case text = 1, picture, voice, file
}

/// Says of view-once content what it is and where it opens.
package struct ViewOnceStub: Hashable, Sendable {
  package let kind: ViewOnceKind
  /// The number of the recipient's device that can open it, 1 … 127.
  package let device: UInt32

  /// - Throws: ``ContentError/notAllowed(_:)`` for a number that no device has.
  package init(kind: ViewOnceKind, device: UInt32) throws(ContentError) {
    guard (1...127).contains(device) else { throw .notAllowed(.device) }
    self.kind = kind
    self.device = device
  }
}

extension ViewOnce {
  package var kind: ViewOnceKind {
    switch self {
    case .text: .text
    case .file(let file):
      file.mimeType.hasPrefix("image/") ? .picture : file.mimeType.hasPrefix("audio/") ? .voice : .file
    case .stub(let stub): stub.kind
    }
  }
}

/// A small file that travels inside its message.
///
/// Text, name and data together must fit a Content of 57 344 bytes, which only encoding can tell.
package struct InlineFile: Hashable, Sendable {
  package let caption: CleanText?
  /// Cleaned by ``FileName/cleaned(_:)``, 1 … 255 bytes.
  package let name: String
  /// What the sender says that it is: a claim. At most 127 visible ASCII characters.
  package let mimeType: String
  package let data: [UInt8]

  static let unknownMIMEType = "application/octet-stream"

  /// Cleans the name; a MIME type that is none becomes `application/octet-stream`.
  package init(caption: CleanText?, name: String, mimeType: String, data: [UInt8]) {
    self.caption = caption
    self.name = FileName.cleaned(name)
    self.mimeType = Self.cleanedMIMEType(mimeType)
    self.data = data
  }

  static func cleanedMIMEType(_ text: String) -> String { isMIMEType(text) ? text : unknownMIMEType }

  private static func isMIMEType(_ text: String) -> Bool {
    let bytes = text.utf8
    return bytes.count <= ContentLimits.mimeTypeByteCount && bytes.allSatisfy { (0x21...0x7e).contains($0) }
      && text.split(separator: "/", omittingEmptySubsequences: false).filter { !$0.isEmpty }.count == 2
  }
}
