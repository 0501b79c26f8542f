import ByteLayout
import Primitives
package import SecretMemory

extension RatchetStateArchive {
  /// Reads the bytes of the layout, strictly.
  ///
  /// - Throws: ``RatchetError/malformedArchive``; ``RatchetError/primitive(_:)`` when there is no secret memory.
  package init(decoding archive: borrowing SecretBytes) throws(RatchetError) {
    var reader = ArchiveReader()
    let sparse: SparseRatchet?
    switch try reader.integer(UInt8.self, in: archive) {
    case Self.version: sparse = nil
    case Self.postQuantumVersion: sparse = try SparseRatchet(reading: &reader, in: archive)
    default: throw .malformedArchive
    }
    let phase = try reader.integer(UInt8.self, in: archive)
    guard phase <= 2 else { throw .malformedArchive }
    let associatedData = try reader.publicBytes(Int(try reader.integer(UInt32.self, in: archive)), in: archive)
    let rootKey = try reader.secret(in: archive)
    let ratchetScalar = try reader.secret(in: archive)
    let ratchetKey = try reader.key(in: archive)
    let sending = phase >= 1 ? try reader.sending(hasReceived: phase == 2, in: archive) : nil
    guard reader.position == archive.byteCount else { throw .malformedArchive }
    self.init(
      associatedData: associatedData, rootKey: rootKey, ratchetScalar: ratchetScalar, ratchetKey: ratchetKey,
      sending: sending, sparse: sparse)
  }
}

/// Reads fields one after the other out of a secret.
struct ArchiveReader {
  private(set) var position = 0

  mutating func sending(
    hasReceived: Bool, in archive: borrowing SecretBytes
  ) throws(RatchetError) -> RatchetStateArchive.Sending {
    let remoteKey = try key(in: archive)
    let chain = try chain(in: archive)
    let received = hasReceived ? try received(in: archive) : nil
    return RatchetStateArchive.Sending(remoteKey: remoteKey, chain: chain, received: received)
  }

  private mutating func received(in archive: borrowing SecretBytes) throws(RatchetError) -> RatchetStateArchive.Received
  {
    let previousSendingCount = try integer(UInt32.self, in: archive)
    let chain = try chain(in: archive)
    let count = Int(try integer(UInt16.self, in: archive))
    guard count <= RatchetLimits.maximumStoredKeys,
      archive.byteCount - position == count * RatchetStateArchive.entryByteCount
    else { throw .malformedArchive }
    var identifiers: Set<SkippedMessageKeys.Identifier> = []
    var skipped: [SkippedMessageKeys.Entry] = []
    skipped.reserveCapacity(count)
    for _ in 0..<count {
      let identifier = SkippedMessageKeys.Identifier(
        ratchetKey: try key(in: archive), number: try integer(UInt32.self, in: archive))
      guard identifier.number < .max, identifiers.insert(identifier).inserted else { throw .malformedArchive }
      let storedAt = try integer(Int64.self, in: archive)
      skipped.append(
        .init(identifier: identifier, key: SkippedMessageKey(bytes: try secret(in: archive), storedAt: storedAt)))
    }
    return RatchetStateArchive.Received(previousSendingCount: previousSendingCount, chain: chain, skipped: skipped)
  }

  private mutating func chain(in archive: borrowing SecretBytes) throws(RatchetError) -> RatchetStateArchive.Chain {
    let key = try secret(in: archive)
    return RatchetStateArchive.Chain(key: key, number: try integer(UInt32.self, in: archive))
  }

  /// Takes secret bytes.
  mutating func secret(
    _ count: Int = 32, in archive: borrowing SecretBytes
  ) throws(RatchetError) -> SecretBytes {
    let range = try take(count, of: archive)
    do throws(SecretMemoryError) { return try archive.slice(range) } catch { throw .primitive(.secretMemory(error)) }
  }

  /// Takes a public key, which must be canonical.
  mutating func key(in archive: borrowing SecretBytes) throws(RatchetError) -> X25519PublicKey {
    let range = try take(32, of: archive)
    let bytes = archive.withBytes { source in
      FixedBytes<32> { output in
        for index in 0..<32 {
          output.storeBytes(
            of: source.unsafeLoad(fromByteOffset: range.lowerBound + index, as: UInt8.self), toByteOffset: index,
            as: UInt8.self)
        }
      }
    }
    do throws(PrimitiveError) { return try X25519PublicKey(validating: bytes) } catch { throw .malformedArchive }
  }

  /// Takes bytes that are no secret: public keys, numbers and the associated data.
  mutating func publicBytes(_ count: Int, in archive: borrowing SecretBytes) throws(RatchetError) -> [UInt8] {
    let range = try take(count, of: archive)
    return archive.withBytes { bytes in range.map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } }
  }

  mutating func integer<Integer: FixedWidthInteger>(
    _ type: Integer.Type, in archive: borrowing SecretBytes
  ) throws(RatchetError) -> Integer {
    let range = try take(MemoryLayout<Integer>.size, of: archive)
    return archive.withBytes { bytes in
      range.reduce(0) { $0 << 8 | Integer(truncatingIfNeeded: bytes.unsafeLoad(fromByteOffset: $1, as: UInt8.self)) }
    }
  }

  /// Every read goes through here, and stays within the archive.
  private mutating func take(_ count: Int, of archive: borrowing SecretBytes) throws(RatchetError) -> Range<Int> {
    guard count <= archive.byteCount - position else { throw .malformedArchive }
    defer { position += count }
    return position..<position + count
  }
}
