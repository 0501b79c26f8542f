package import ByteLayout
package import Primitives

/// The first part of a first message: how the responder gets to the same secrets (C4).
///
/// 0x01 ‖ suite u8 ‖ purpose u8 ‖ purposeId(16) ‖ replaces(16) ‖ bundleId u32 ‖ opkId u32 ‖ EK(32) ‖ kemId u32 ‖ KEM
/// ciphertext(1 568) ‖ lp16(lists): 1 649 bytes and the lists; 77 in suite 1, which has no KEM fields. Nothing in it is
/// authenticated until the message behind it has decrypted.
package struct SessionStart: Hashable, Sendable {
  /// The secret that the initiator has encapsulated.
  package struct Encapsulated: Hashable, Sendable {
    /// The KEM prekey that it is for: that of the one-time record if one was used, else that of the bundle.
    package let prekeyID: UInt32
    package let ciphertext: MLKEMCiphertext
  }

  package let suite: Suite
  package let purpose: SessionPurpose
  package let purposeID: FixedBytes<16>
  package let replaces: SessionID?
  /// The bundle, and so the signed prekey, that the initiator used.
  package let bundleID: UInt32
  /// The one-time prekey that it used; 0 on the wire if none.
  package let oneTimePrekeyID: UInt32?
  /// EK.
  package let ephemeralKey: X25519PublicKey
  /// There from suite 2 on.
  package let encapsulated: Encapsulated?
  /// The initiator's lists, unverified; nil when they were cut because the responder has them.
  package let listsBytes: [UInt8]?

  private static let versionByte: UInt8 = 0x01
  /// What stands for lists that were cut: u8 0.
  private static let cutLists: [UInt8] = [0]

  init(
    suite: Suite, purpose: SessionPurpose, purposeID: FixedBytes<16>, replaces: SessionID?, bundleID: UInt32,
    oneTimePrekeyID: UInt32?, ephemeralKey: X25519PublicKey, encapsulated: Encapsulated?, listsBytes: [UInt8]?
  ) {
    self.suite = suite
    self.purpose = purpose
    self.purposeID = purposeID
    self.replaces = replaces
    self.bundleID = bundleID
    self.oneTimePrekeyID = oneTimePrekeyID
    self.ephemeralKey = ephemeralKey
    self.encapsulated = encapsulated
    self.listsBytes = listsBytes
  }

  /// The same start without, or with other, lists: they are not part of the context.
  package func replacing(lists: DeviceLists?) -> SessionStart {
    SessionStart(
      suite: suite, purpose: purpose, purposeID: purposeID, replaces: replaces, bundleID: bundleID,
      oneTimePrekeyID: oneTimePrekeyID, ephemeralKey: ephemeralKey, encapsulated: encapsulated,
      listsBytes: lists?.bytes)
  }

  /// The initiator's lists, verified under its account; nil when they were cut.
  package func lists(of initiator: AccountID) throws(KeyAgreementError) -> DeviceLists? {
    guard let listsBytes else { return nil }
    return try DeviceLists(verifying: listsBytes, account: initiator)
  }

  // MARK: - Layout

  /// Reads a start that is all of `bytes`.
  package init(_ bytes: [UInt8]) throws(LayoutError) {
    var reader = LayoutReader(bytes)
    try self.init(reading: &reader)
    try reader.finish()
  }

  /// Reads a start and leaves what follows it, the session message, to the caller.
  package init(reading reader: inout LayoutReader) throws(LayoutError) {
    try reader.expect(Self.versionByte, field: "session start version")
    suite = try Suite(validating: try reader.uint8())
    let purpose = try reader.uint8()
    guard let known = SessionPurpose(rawValue: purpose) else {
      throw .unknownValue(field: "purpose", value: Int(purpose))
    }
    self.purpose = known
    purposeID = try reader.fixed()
    let replaces: FixedBytes<16> = try reader.fixed()
    self.replaces = replaces.isZero ? nil : SessionID(replaces)
    bundleID = try reader.uint32()
    let oneTimePrekeyID = try reader.uint32()
    self.oneTimePrekeyID = oneTimePrekeyID == 0 ? nil : oneTimePrekeyID
    ephemeralKey = try reader.x25519Key(field: "ephemeral key")
    encapsulated = try suite.hasKEM ? Encapsulated(reading: &reader) : nil
    let lists = [UInt8](try reader.lengthPrefixed16(limit: DeviceLists.byteCounts.upperBound))
    if lists == Self.cutLists {
      listsBytes = nil
    } else {
      guard DeviceLists.byteCounts.contains(lists.count) else { throw .notAllowed(field: "lists") }
      listsBytes = lists
    }
  }

  /// The start as it goes in front of a session message.
  package var bytes: [UInt8] {
    let lists = listsBytes ?? Self.cutLists
    var writer = LayoutWriter(capacity: 1_649 + lists.count)
    writer.uint8(Self.versionByte)
    writer.uint8(suite.rawValue)
    writer.uint8(purpose.rawValue)
    writer.append(purposeID)
    writer.append(replaces?.bytes ?? FixedBytes<16>())
    writer.uint32(bundleID)
    writer.uint32(oneTimePrekeyID ?? 0)
    writer.append(ephemeralKey.bytes)
    if let encapsulated {
      writer.uint32(encapsulated.prekeyID)
      writer.append(encapsulated.ciphertext.bytes)
    }
    // Lists have at most 6 149 bytes.
    writer.uint16(UInt16(lists.count))
    writer.append(lists)
    return writer.bytes
  }
}

extension SessionStart.Encapsulated {
  /// kemId u32 ‖ KEM ciphertext(1 568).
  fileprivate init(reading reader: inout LayoutReader) throws(LayoutError) {
    prekeyID = try reader.uint32()
    let parameters = KEMPublicPrekey.parameters
    let bytes = [UInt8](try reader.bytes(parameters.ciphertextByteCount))
    do throws(PrimitiveError) { ciphertext = try MLKEMCiphertext(validating: bytes, parameters) } catch {
      throw .notAllowed(field: "KEM ciphertext")
    }
  }
}
