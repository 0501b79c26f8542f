import ByteLayout
import Primitives
import SecretMemory

/// The file `vault.header` (C13): the master key, wrapped by what protects the vault.
///
/// ```
/// 0x01 ‖ kind(1) ‖ passes(1) ‖ memory u64 ‖ salt(16) ‖ nonce(24) ‖ wrapped master key(48) ‖ commitment(32) = 131 bytes
///
/// K = Argon2id(passphrase, salt, passes, memory), or the 32 bytes of the key file (passes and memory are zero then)
/// wrapping key(32) ‖ commitment(32) = HKDF-SHA-256(salt, K, "Sotto_VaultWrap_v1" ‖ 0, 64)
/// wrapped = AEAD(wrapping key, nonce, master key, "Sotto_VaultHeader_v1" ‖ 0 ‖ the bytes before the nonce)
/// ```
///
/// The AEAD does not commit to its key; the commitment does, and tells a wrong passphrase from a damaged file.
struct VaultHeader: Sendable {
  static let format: UInt8 = 0x01
  static let byteCount = 131

  let kind: VaultProtectionKind
  /// Only for a passphrase.
  let cost: PassphraseKey.Cost?
  let salt: FixedBytes<16>
  private let nonce: FixedBytes<24>
  private let wrappedKey: FixedBytes<48>
  private let commitment: FixedBytes<32>

  /// Wraps a master key.
  ///
  /// - Parameter protectionKey: K above, 32 bytes.
  init(
    wrapping masterKey: borrowing SecretBytes, kind: VaultProtectionKind, cost: PassphraseKey.Cost?,
    salt: FixedBytes<16>, protectionKey: borrowing SecretBytes, randomness: any Randomness
  ) throws(VaultError) {
    self.kind = kind
    self.cost = cost
    self.salt = salt
    nonce = randomness.fixed()
    let derived = try Self.derive(protectionKey, salt)
    commitment = derived.commitment.withBytes { bytes in
      FixedBytes<32> { output in
        for index in 0..<32 {
          output.storeBytes(
            of: bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self), toByteOffset: index, as: UInt8.self)
        }
      }
    }
    do throws(PrimitiveError) {
      let sealed = try XChaCha20Poly1305.seal(
        secret: masterKey, key: derived.wrappingKey, nonce: nonce,
        additionalData: Self.associatedData(kind: kind, cost: cost, salt: salt))
      guard let fixed = try? FixedBytes<48>(sealed) else {
        throw .wrongByteCount(expected: 48, actual: sealed.count)
      }
      wrappedKey = fixed
    } catch { throw .primitive(error) }
  }

  /// Reads the file strictly. Nothing is computed before the cost is known to lie within its bounds.
  ///
  /// - Throws: ``VaultError/corrupt(_:)``, ``VaultError/unsupportedFormat``, ``VaultError/invalidProtection(_:)``.
  init(parsing bytes: [UInt8]) throws(VaultError) {
    guard let first = bytes.first else { throw .corrupt(.header) }
    guard first == Self.format else { throw .unsupportedFormat }
    guard bytes.count == Self.byteCount else { throw .corrupt(.header) }
    let operations: UInt8
    let memoryByteCount: UInt64
    do throws(LayoutError) {
      var reader = LayoutReader(bytes)
      _ = try reader.uint8()
      guard let kind = VaultProtectionKind(rawValue: try reader.uint8()) else {
        throw .unknownValue(field: "kind", value: Int(bytes[1]))
      }
      self.kind = kind
      operations = try reader.uint8()
      memoryByteCount = try reader.uint64()
      salt = try reader.fixed()
      nonce = try reader.fixed()
      wrappedKey = try reader.fixed()
      commitment = try reader.fixed()
      try reader.finish()
    } catch { throw .corrupt(.header) }
    if kind == .passphrase {
      do {
        cost = try PassphraseKey.Cost(operations: operations, memoryByteCount: memoryByteCount)
      } catch { throw .invalidProtection(.costOutOfBounds) }
    } else {
      guard operations == 0, memoryByteCount == 0 else { throw .corrupt(.header) }
      cost = nil
    }
  }

  /// The file's 131 bytes.
  var bytes: [UInt8] {
    var writer = LayoutWriter(capacity: Self.byteCount)
    writer.append(Self.parameters(kind: kind, cost: cost, salt: salt))
    writer.append(nonce)
    writer.append(wrappedKey)
    writer.append(commitment)
    return writer.bytes
  }

  /// Opens the master key, 32 bytes.
  ///
  /// - Throws: ``VaultError/wrongKey`` when the commitment differs, ``VaultError/corrupt(_:)`` when the rest was altered.
  func masterKey(protectionKey: borrowing SecretBytes) throws(VaultError) -> SecretBytes {
    let derived = try Self.derive(protectionKey, salt)
    guard ConstantTimeEquality.areEqual(derived.commitment, commitment) else { throw .wrongKey }
    do {
      return try XChaCha20Poly1305.open(
        secret: wrappedKey.array, key: derived.wrappingKey, nonce: nonce,
        additionalData: Self.associatedData(kind: kind, cost: cost, salt: salt))
    } catch { throw error == .authenticationFailed ? .corrupt(.header) : .primitive(error) }
  }

  private struct Derived: ~Copyable {
    let wrappingKey: SecretBytes
    let commitment: SecretBytes
  }

  private static func derive(
    _ protectionKey: borrowing SecretBytes, _ salt: FixedBytes<16>
  ) throws(VaultError) -> Derived {
    do throws(PrimitiveError) {
      let output = try HKDFSHA256.derive(
        salt: salt.array, inputKeyMaterial: protectionKey, info: VaultLabel.bytes(VaultLabel.wrapping), byteCount: 64)
      do throws(SecretMemoryError) {
        return Derived(wrappingKey: try output.slice(0..<32), commitment: try output.slice(32..<64))
      } catch { throw .secretMemory(error) }
    } catch { throw .primitive(error) }
  }

  /// Everything before the nonce, 27 bytes.
  private static func parameters(
    kind: VaultProtectionKind, cost: PassphraseKey.Cost?, salt: FixedBytes<16>
  ) -> [UInt8] {
    var writer = LayoutWriter(capacity: 27)
    writer.uint8(format)
    writer.uint8(kind.rawValue)
    writer.uint8(cost?.operations ?? 0)
    writer.uint64(cost?.memoryByteCount ?? 0)
    writer.append(salt)
    return writer.bytes
  }

  private static func associatedData(
    kind: VaultProtectionKind, cost: PassphraseKey.Cost?, salt: FixedBytes<16>
  ) -> [UInt8] {
    VaultLabel.bytes(VaultLabel.header, parameters(kind: kind, cost: cost, salt: salt))
  }
}
