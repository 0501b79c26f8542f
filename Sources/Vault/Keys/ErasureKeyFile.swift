import ByteLayout
import Primitives
import SecretMemory

/// The file `erasure.key` (C13): two slots of 4 096 bytes, written in turn, each on its own device blocks.
///
/// Slot = 0x01 ‖ generation u64 ‖ nonce(24) ‖ AEAD(slot key, root(32)), zeros to the end. Generation g lies in slot g mod 2.
/// The generation in the database says which slot holds; a wiped slot is all zero.
struct ErasureKeyFile: Sendable {
  static let slotByteCount = 4_096
  static let format: UInt8 = 0x01

  let path: String

  /// Makes the file with its first root.
  func create(
    root: borrowing SecretBytes, generation: UInt64, keys: KeySchedule, randomness: any Randomness
  ) throws(VaultError) {
    try PrivateFile.create(path, [UInt8](repeating: 0, count: 2 * Self.slotByteCount))
    try store(root: root, generation: generation, keys: keys, randomness: randomness)
  }

  /// Overwrites the slot of `generation` and waits until it is on the disk.
  func store(
    root: borrowing SecretBytes, generation: UInt64, keys: KeySchedule, randomness: any Randomness
  ) throws(VaultError) {
    let nonce = randomness.fixed(FixedBytes<24>.self)
    var slot = LayoutWriter(capacity: Self.slotByteCount)
    slot.uint8(Self.format)
    slot.uint64(generation)
    slot.append(nonce)
    do {
      slot.append(
        try XChaCha20Poly1305.seal(
          secret: root, key: keys.erasureSlotKey, nonce: nonce, additionalData: Self.associatedData(generation)))
    } catch { throw .primitive(error) }
    slot.append([UInt8](repeating: 0, count: Self.slotByteCount - slot.bytes.count))
    try PrivateFile.overwrite(path, at: Self.offset(generation), slot.bytes)
  }

  /// Opens the root of `generation`, 32 bytes.
  ///
  /// - Throws: ``VaultError/corrupt(_:)`` when that generation is not there.
  func root(generation: UInt64, keys: KeySchedule) throws(VaultError) -> SecretBytes {
    var reader = LayoutReader(try slot(generation))
    let nonce: FixedBytes<24>
    let sealed: [UInt8]
    do throws(LayoutError) {
      try reader.expect(Self.format, field: "format")
      guard try reader.uint64() == generation else { throw .notAllowed(field: "generation") }
      nonce = try reader.fixed()
      sealed = [UInt8](try reader.bytes(32 + XChaCha20Poly1305.tagByteCount))
      guard reader.rest().allSatisfy({ $0 == 0 }) else { throw .notAllowed(field: "padding") }
    } catch { throw .corrupt(.erasureKey) }
    do {
      return try XChaCha20Poly1305.open(
        secret: sealed, key: keys.erasureSlotKey, nonce: nonce, additionalData: Self.associatedData(generation))
    } catch { throw error == .authenticationFailed ? .corrupt(.erasureKey) : .primitive(error) }
  }

  /// Whether the slot that `generation` does not use holds something.
  func hasOther(than generation: UInt64) throws(VaultError) -> Bool {
    try slot(generation ^ 1).contains { $0 != 0 }
  }

  /// Overwrites the slot that `generation` does not use, and waits until that is on the disk.
  func wipeOther(than generation: UInt64) throws(VaultError) {
    try PrivateFile.overwrite(
      path, at: Self.offset(generation ^ 1), [UInt8](repeating: 0, count: Self.slotByteCount))
  }

  private func slot(_ generation: UInt64) throws(VaultError) -> ArraySlice<UInt8> {
    guard PrivateFile.exists(path) else { throw .corrupt(.erasureKey) }
    let bytes = try PrivateFile.read(path, limit: 2 * Self.slotByteCount)
    guard bytes.count == 2 * Self.slotByteCount else { throw .corrupt(.erasureKey) }
    let offset = Self.offset(generation)
    return bytes[offset..<offset + Self.slotByteCount]
  }

  private static func offset(_ generation: UInt64) -> Int { Int(generation & 1) * slotByteCount }

  private static func associatedData(_ generation: UInt64) -> [UInt8] {
    var writer = LayoutWriter()
    writer.append(VaultLabel.bytes(VaultLabel.erasureSlot))
    writer.uint8(format)
    writer.uint64(generation)
    return writer.bytes
  }
}
