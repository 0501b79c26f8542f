package import ByteLayout
package import Primitives
import SecretMemory

/// What a device leaves at its mailbox for others to fetch, sealed so that the relay cannot read or tell it apart (C6).
///
/// K = HKDF(salt mailbox, ikm accountId, "Sotto_Published_v1", 32); item = nonce(24) ‖ AEAD(K, nonce, aad label ‖ 0x00
/// ‖ mailbox ‖ type u8, bytes ‖ 0x80 ‖ 0x00…). Whoever knows the account id can open it: that hides the contents from
/// the relay and authenticates nothing; what is inside carries signatures of its own.
package enum PublishedItem {
  /// What an item holds.
  package enum Kind: UInt8, Hashable, Sendable {
    /// ``DeviceLists``.
    case lists = 1
    /// A ``PrekeyBundle``.
    case bundle = 2
    /// A ``OneTimePrekeyRecord``; the relay gives each away once.
    case oneTimePrekey = 3

    /// The sizes that contents are padded to, ascending.
    var paddedByteCounts: [Int] {
      switch self {
      case .lists: [1_024, 2_048, 4_096, 8_192]
      case .bundle: [2_048]
      case .oneTimePrekey: [128, 1_792]
      }
    }
  }

  private static let nonceByteCount = XChaCha20Poly1305.nonceByteCount
  private static let marker: UInt8 = 0x80

  /// Nonce and tag: how much longer an item is than its padded contents.
  package static let overheadByteCount = 24 + 16

  /// Pads and seals `contents` for a mailbox of `account`.
  ///
  /// - Throws: ``LayoutError/tooLong(limit:actual:)`` when the contents and their marker exceed the largest size.
  package static func seal(
    _ contents: [UInt8], kind: Kind, account: AccountID, mailbox: FixedBytes<32>, randomness: some Randomness
  ) throws(KeyAgreementError) -> [UInt8] {
    let sizes = kind.paddedByteCounts
    guard let size = sizes.first(where: { $0 > contents.count }) else {
      throw .layout(.tooLong(limit: (sizes.last ?? 1) - 1, actual: contents.count))
    }
    let padded = contents + [marker] + [UInt8](repeating: 0, count: size - contents.count - 1)
    // Random, 24 bytes: many items are sealed under the one key of a mailbox.
    let nonce: FixedBytes<24> = randomness.fixed()
    let key = try key(account: account, mailbox: mailbox)
    do throws(PrimitiveError) {
      return nonce.array
        + (try XChaCha20Poly1305.seal(
          padded, key: key, nonce: nonce, additionalData: additionalData(mailbox: mailbox, kind: kind)))
    } catch { throw .primitive(error) }
  }

  /// Opens an item and strips its padding.
  ///
  /// - Throws: ``PrimitiveError/authenticationFailed`` for another account, mailbox or kind, or changed bytes;
  ///   ``KeyAgreementError/layout(_:)`` for another size or padding.
  package static func open(
    _ item: [UInt8], kind: Kind, account: AccountID, mailbox: FixedBytes<32>
  ) throws(KeyAgreementError) -> [UInt8] {
    guard kind.paddedByteCounts.contains(item.count - overheadByteCount) else {
      throw .layout(.notAllowed(field: "published item size"))
    }
    let nonce = try KeyAgreementError.layout { () throws(LayoutError) in
      try FixedBytes<24>(item.prefix(nonceByteCount))
    }
    let key = try key(account: account, mailbox: mailbox)
    let padded: [UInt8]
    do throws(PrimitiveError) {
      padded = try XChaCha20Poly1305.open(
        [UInt8](item.dropFirst(nonceByteCount)), key: key, nonce: nonce,
        additionalData: additionalData(mailbox: mailbox, kind: kind))
    } catch { throw .primitive(error) }
    guard let end = padded.lastIndex(where: { $0 != 0 }), padded[end] == marker else {
      throw .layout(.notAllowed(field: "padding"))
    }
    return [UInt8](padded[..<end])
  }

  private static func key(account: AccountID, mailbox: FixedBytes<32>) throws(KeyAgreementError) -> SecretBytes {
    let material = try KeyAgreementError.memory { () throws(SecretMemoryError) in
      try SecretBytes(copying: account.bytes.array)
    }
    do throws(PrimitiveError) {
      return try HKDFSHA256.derive(
        salt: mailbox.array, inputKeyMaterial: material, info: [UInt8](KeyAgreementLabel.published.utf8),
        byteCount: 32)
    } catch { throw .primitive(error) }
  }

  private static func additionalData(mailbox: FixedBytes<32>, kind: Kind) -> [UInt8] {
    [UInt8](KeyAgreementLabel.published.utf8) + [0] + mailbox.array + [kind.rawValue]
  }
}
