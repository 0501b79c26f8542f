package import ByteLayout

/// A message of a session as it stands in an envelope (C5).
///
/// ```
/// message = 0x01 ‖ sessionId(16) ‖ header(41, or 49 if it begins with 0x02) ‖ ciphertext(n + 16)
/// ```
/// In an envelope of kind `sessionStart` it follows the start, whose length only the start's own reader knows: cut that
/// off and hand over what is left.
package struct SessionMessage: Hashable, Sendable {
  static let version: UInt8 = 0x01
  /// The ratchet's header (Protocol §6.4).
  package static let headerByteCount = 41
  /// The header of suite 3, which begins with 0x02.
  package static let postQuantumHeaderByteCount = 49
  private static let postQuantumHeaderVersion: UInt8 = 0x02
  /// Version and session id: everything before the header.
  package static let prefixByteCount = 1 + 16
  /// Version, session id, header of 41 bytes and the ciphertext's tag.
  package static let overheadByteCount = prefixByteCount + headerByteCount + tagByteCount
  private static let tagByteCount = 16

  /// The first 16 bytes of the session's context hash (C4).
  package let sessionID: FixedBytes<16>
  /// The ratchet header, 41 or 49 bytes, judged by the ratchet.
  package let header: [UInt8]
  /// n + 16 bytes.
  package let ciphertext: [UInt8]

  /// - Throws: ``LayoutError`` for a header of another length or a ciphertext without room for its tag.
  package init(sessionID: FixedBytes<16>, header: [UInt8], ciphertext: [UInt8]) throws(LayoutError) {
    let expected = Self.headerByteCount(beginningWith: header.first)
    guard header.count == expected else { throw .wrongByteCount(expected: expected, actual: header.count) }
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
    let rest = reader.rest()
    let count = headerByteCount(beginningWith: rest.first)
    guard rest.count >= count else { throw .truncated(needed: count, left: rest.count) }
    return try SessionMessage(
      sessionID: sessionID, header: [UInt8](rest.prefix(count)), ciphertext: [UInt8](rest.dropFirst(count)))
  }

  private static func headerByteCount(beginningWith version: UInt8?) -> Int {
    version == postQuantumHeaderVersion ? postQuantumHeaderByteCount : headerByteCount
  }

  /// The message's bytes.
  package var serialized: [UInt8] {
    var writer = LayoutWriter(capacity: 1 + 16 + header.count + ciphertext.count)
    writer.uint8(Self.version)
    writer.append(sessionID)
    writer.append(header)
    writer.append(ciphertext)
    return writer.bytes
  }
}
