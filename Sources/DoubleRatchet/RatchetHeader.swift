import ByteLayout
package import Primitives

/// What stands in clear (inside the sealed envelope) before a ratchet ciphertext, 41 or 49 bytes (Protocol §6.4).
///
/// ```
/// 0x01 ‖ DH public key (32) ‖ PN u32 ‖ N u32                                  suites 1 and 2
/// 0x02 ‖ DH public key (32) ‖ PN u32 ‖ N u32 ‖ epoch u32 ‖ number u32         suite 3
/// ```
/// It is authenticated as additional data, so that parsing it commits to nothing.
package struct RatchetHeader: Hashable, Sendable {
  package static let version: UInt8 = 0x01
  package static let postQuantumVersion: UInt8 = 0x02
  package static let byteCount = 41
  package static let postQuantumByteCount = 49

  /// The sender's current ratchet key.
  package let ratchetKey: X25519PublicKey
  /// PN: how many messages the sender's previous chain had.
  package let previousCount: UInt32
  /// N: the message's number in its chain, from 0. Never 2³² − 1, because PN must be able to count the chain.
  package let number: UInt32
  /// Where the message stands in the post-quantum ratchet: there in suite 3.
  package let place: EpochPlace?

  init(ratchetKey: X25519PublicKey, previousCount: UInt32, number: UInt32, place: EpochPlace? = nil) {
    self.ratchetKey = ratchetKey
    self.previousCount = previousCount
    self.number = number
    self.place = place
  }

  /// Parses exactly 41 bytes of version 1, or 49 of version 2.
  ///
  /// - Throws: ``RatchetError/malformedHeader(_:)`` for another length or version, a key that is not canonical, and
  ///   the number 2³² − 1.
  package init(_ bytes: some Collection<UInt8>) throws(RatchetError) {
    do throws(LayoutError) {
      let isPostQuantum = bytes.first == Self.postQuantumVersion
      let expected = isPostQuantum ? Self.postQuantumByteCount : Self.byteCount
      guard bytes.count == expected else { throw LayoutError.wrongByteCount(expected: expected, actual: bytes.count) }
      var reader = LayoutReader([UInt8](bytes))
      try reader.expect(isPostQuantum ? Self.postQuantumVersion : Self.version, field: "ratchet header version")
      let key = try reader.fixed(FixedBytes<32>.self)
      previousCount = try reader.uint32()
      number = try reader.uint32()
      place = try isPostQuantum ? EpochPlace(epoch: reader.uint32(), number: reader.uint32()) : nil
      do throws(PrimitiveError) { ratchetKey = try X25519PublicKey(validating: key) } catch {
        throw LayoutError.notAllowed(field: "ratchet key")
      }
      guard number < .max else { throw LayoutError.notAllowed(field: "N") }
      if let place { guard place.number < .max else { throw LayoutError.notAllowed(field: "number in the epoch") } }
    } catch {
      throw .malformedHeader(error)
    }
  }

  /// 41 or 49.
  package var byteCount: Int { place == nil ? Self.byteCount : Self.postQuantumByteCount }

  /// The 41 or 49 bytes.
  package var bytes: [UInt8] {
    var result = [UInt8](repeating: 0, count: byteCount)
    var span = result.mutableSpan
    var output = span.mutableBytes
    write(to: &output, at: 0)
    return result
  }

  /// Writes the 41 or 49 bytes from `offset` on.
  func write(to output: inout MutableRawSpan, at offset: Int) {
    output.storeBytes(
      of: place == nil ? Self.version : Self.postQuantumVersion, toByteOffset: offset, as: UInt8.self)
    ratchetKey.bytes.withBytes { key in
      for index in 0..<32 {
        output.storeBytes(
          of: key.unsafeLoad(fromByteOffset: index, as: UInt8.self), toByteOffset: offset + 1 + index, as: UInt8.self)
      }
    }
    output.storeBytes(of: previousCount.bigEndian, toByteOffset: offset + 33, as: UInt32.self)
    output.storeBytes(of: number.bigEndian, toByteOffset: offset + 37, as: UInt32.self)
    guard let place else { return }
    output.storeBytes(of: place.epoch.bigEndian, toByteOffset: offset + 41, as: UInt32.self)
    output.storeBytes(of: place.number.bigEndian, toByteOffset: offset + 45, as: UInt32.self)
  }
}
