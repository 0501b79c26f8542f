package import ByteLayout
package import Primitives

/// What stands in clear (inside the sealed envelope) before a ratchet ciphertext, 41 bytes (Protocol §6.4).
///
/// ```
/// 0x01 ‖ DH public key (32) ‖ PN u32 ‖ N u32
/// ```
/// It is authenticated as additional data, so that parsing it commits to nothing.
package struct RatchetHeader: Hashable, Sendable {
  package static let version: UInt8 = 0x01
  package static let byteCount = 41

  /// The sender's current ratchet key.
  package let ratchetKey: X25519PublicKey
  /// PN: how many messages the sender's previous chain had.
  package let previousCount: UInt32
  /// N: the message's number in its chain, from 0. Never 2³² − 1, because PN must be able to count the chain.
  package let number: UInt32

  init(ratchetKey: X25519PublicKey, previousCount: UInt32, number: UInt32) {
    self.ratchetKey = ratchetKey
    self.previousCount = previousCount
    self.number = number
  }

  /// Parses exactly 41 bytes.
  ///
  /// - Throws: ``RatchetError/malformedHeader(_:)`` for another length or version, a key that is not canonical, and
  ///   the number 2³² − 1.
  package init(_ bytes: some Collection<UInt8>) throws(RatchetError) {
    do throws(LayoutError) {
      let fixed = try FixedBytes<41>(bytes)
      var reader = LayoutReader(fixed.array)
      try reader.expect(Self.version, field: "ratchet header version")
      let key = try reader.fixed(FixedBytes<32>.self)
      previousCount = try reader.uint32()
      number = try reader.uint32()
      do throws(PrimitiveError) { ratchetKey = try X25519PublicKey(validating: key) } catch {
        throw LayoutError.notAllowed(field: "ratchet key")
      }
      guard number < .max else { throw LayoutError.notAllowed(field: "N") }
    } catch {
      throw .malformedHeader(error)
    }
  }

  /// The 41 bytes.
  package var bytes: FixedBytes<41> {
    FixedBytes<41> { output in write(to: &output, at: 0) }
  }

  /// Writes the 41 bytes from `offset` on.
  func write(to output: inout MutableRawSpan, at offset: Int) {
    output.storeBytes(of: Self.version, toByteOffset: offset, as: UInt8.self)
    ratchetKey.bytes.withBytes { key in
      for index in 0..<32 {
        output.storeBytes(
          of: key.unsafeLoad(fromByteOffset: index, as: UInt8.self), toByteOffset: offset + 1 + index, as: UInt8.self)
      }
    }
    output.storeBytes(of: previousCount.bigEndian, toByteOffset: offset + 33, as: UInt32.self)
    output.storeBytes(of: number.bigEndian, toByteOffset: offset + 37, as: UInt32.self)
  }
}
