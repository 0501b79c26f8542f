import ByteLayout
import SecretMemory
import Testing

/// A copy in ordinary memory: for tests only.
private func bytes(of secret: borrowing SecretBytes) -> [UInt8] {
  secret.withBytes { span in (0..<span.byteCount).map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) } }
}

private enum Refusal: Error, Hashable {
  case onPurpose
  case memory(SecretMemoryError)
}

@Suite struct `Secret bytes` {
  @Test(arguments: [0, 1, 31, 32, 56, 63, 64, 65, 512, 513, 4_096, 4_097, 32_768, 32_769, 262_144])
  func `a secret of any supported size keeps its bytes`(count: Int) throws {
    let pattern = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
    let secret = try SecretBytes(copying: pattern)
    #expect(secret.byteCount == count)
    #expect(bytes(of: secret) == pattern)
  }

  @Test(arguments: [-1, .min, 262_145, .max])
  func `an unsupported size is refused before any memory is written`(count: Int) {
    var called = false
    #expect(throws: SecretMemoryError.unsupportedByteCount(count)) {
      let secret = try SecretBytes(byteCount: count) { _ in called = true }
      _ = secret.byteCount
    }
    #expect(!called)
  }

  @Test func `bytes that nobody writes are zero`() throws {
    let secret = try SecretBytes(byteCount: 64) { _ in }
    #expect(bytes(of: secret) == [UInt8](repeating: 0, count: 64))
  }

  @Test func `a refusal while filling is passed on, and so is one of the arena`() {
    #expect(throws: Refusal.onPurpose) {
      let secret = try SecretBytes(byteCount: 32, wrapping: Refusal.memory) { span throws(Refusal) in
        span.storeBytes(of: 0xff, toByteOffset: 0, as: UInt8.self)
        throw .onPurpose
      }
      _ = secret.byteCount
    }
    #expect(throws: Refusal.memory(.unsupportedByteCount(-5))) {
      let secret = try SecretBytes(byteCount: -5, wrapping: Refusal.memory) { _ throws(Refusal) in }
      _ = secret.byteCount
    }
  }

  @Test func `a duplicate has the same bytes in a slot of its own and outlives the original`() throws {
    func duplicateOfSomethingGone() throws -> SecretBytes {
      let original = try SecretBytes(copying: [1, 2, 3])
      let copy = try original.duplicate()
      let places = original.withBytes { first in
        copy.withBytes { second in
          (
            first.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) },
            second.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
          )
        }
      }
      #expect(places.0 != places.1)
      return copy
    }
    let copy = try duplicateOfSomethingGone()
    #expect(bytes(of: copy) == [1, 2, 3])
  }

  @Test func `slices and concatenations hold exactly their bytes`() throws {
    let secret = try SecretBytes(copying: [UInt8](0..<100))
    #expect(bytes(of: try secret.slice(0..<0)).isEmpty)
    #expect(bytes(of: try secret.slice(10..<13)) == [10, 11, 12])
    #expect(bytes(of: try secret.slice(0..<100)) == [UInt8](0..<100))
    let joined = try secret.slice(98..<100).appending(try secret.slice(0..<3))
    #expect(bytes(of: joined) == [98, 99, 0, 1, 2])
    #expect(bytes(of: try joined.appending(try SecretBytes(copying: []))) == [98, 99, 0, 1, 2])
  }

  @Test func `a concatenation that would be too long is refused`() throws {
    let large = try SecretBytes(byteCount: 262_144) { _ in }
    let one = try SecretBytes(copying: [1])
    #expect(throws: SecretMemoryError.unsupportedByteCount(262_145)) {
      let joined = try large.appending(one)
      _ = joined.byteCount
    }
  }

  @Test func `a slice outside its secret ends the process`() async {
    await #expect(processExitsWith: .failure) {
      let secret = try SecretBytes(copying: [1, 2, 3])
      _ = try secret.slice(1..<4).byteCount
    }
  }
}

@Suite struct `Constant-time equality` {
  // Secrets are not copyable, so the macro cannot hold them: these two make them and give them up.
  private func areEqual(_ left: [UInt8], _ right: [UInt8]) throws -> Bool {
    let left = try SecretBytes(copying: left)
    let right = try SecretBytes(copying: right)
    return ConstantTimeEquality.areEqual(left, right)
  }

  private func isEqual<let count: Int>(_ left: [UInt8], to right: FixedBytes<count>) throws -> Bool {
    let left = try SecretBytes(copying: left)
    return ConstantTimeEquality.areEqual(left, right)
  }

  @Test func `equal bytes are equal`() throws {
    #expect(try areEqual([1, 2, 3], [1, 2, 3]))
    #expect(try isEqual([1, 2, 3], to: try FixedBytes<3>([1, 2, 3])))
  }

  @Test func `one bit anywhere makes a difference`() throws {
    let pattern = [UInt8](0..<32)
    for index in 0..<32 {
      for bit in 0..<8 {
        var changed = pattern
        changed[index] ^= 1 << UInt8(bit)
        #expect(try !areEqual(pattern, changed))
        #expect(try !isEqual(pattern, to: try FixedBytes<32>(changed)))
      }
    }
  }

  @Test func `a prefix is not equal to the whole`() throws {
    #expect(try !areEqual([1, 2, 3, 0], [1, 2, 3]))
    #expect(try !areEqual([1, 2, 3], [1, 2, 3, 0]))
    #expect(try !isEqual([1, 2, 3, 0], to: try FixedBytes<3>([1, 2, 3])))
  }

  @Test func `two empty runs are equal`() throws {
    #expect(try areEqual([], []))
  }
}
