package import ByteLayout

/// A message of a session as it stands in an envelope (C5).
///
/// ```
/// message = 0x01 ‖ sessionId(16) ‖ header(41) ‖ ciphertext(n + 16)
/// ```
/// In an envelope of kind `sessionStart` it follows the start, whose length only the start's own reader knows: cut that
/// off and hand over what is left.
package struct SessionMessage: Hashable, Sendable {
  static let version: UInt8 = 0x01
  /// The ratchet's header (Protocol §6.4).
  package static let headerByteCount = 41
  /// Version, session id, header and the ciphertext's tag.
  package static let overheadByteCount = 1 + 16 + headerByteCount + tagByteCount
  private static let tagByteCount = 16

  /// The first 16 bytes of the session's context hash (C4).
  package let sessionID: FixedBytes<16>
  /// The ratchet header, 41 bytes, judged by the ratchet.
  package let header: [UInt8]
  /// n + 16 bytes.
  package let ciphertext: [UInt8]

  /// - Throws: ``LayoutError`` for a header of another length or a ciphertext without room for its tag.
  package init(sessionID: FixedBytes<16>, header: [UInt8], ciphertext: [UInt8]) throws(LayoutError) {
    guard header.count == Self.headerByteCount else {
      throw .wrongByteCount(expected: Self.headerByteCount, actual: header.count)
    }
    guard ciphertext.count >= Self.tagByteCount else {
      throw .truncated(needed: Self.tagByteCount, left: ciphertext.count)
    }
    self.sessionID = sessionID
    self.header = header
    self.ciphertext = ciphertext
  }

  /// Reads a whole message; the ciphertext is everything after the header.
  package static func parse(_ bytes: ArraySlice<UInt8>) throws(LayoutError) -> SessionMessage {
    var reader = LayoutReader(bytes)
    try reader.expect(version, field: "session message version")
    let sessionID = try reader.fixed(FixedBytes<16>.self)
    let header = [UInt8](try reader.bytes(headerByteCount))
    return try SessionMessage(sessionID: sessionID, header: header, ciphertext: [UInt8](reader.rest()))
  }

  /// The message's bytes, 74 more than the plaintext had.
  package var serialized: [UInt8] {
    var writer = LayoutWriter(capacity: 1 + 16 + header.count + ciphertext.count)
    writer.uint8(Self.version)
    writer.append(sessionID)
    writer.append(header)
    writer.append(ciphertext)
    return writer.bytes
  }
}
