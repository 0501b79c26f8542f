import ByteLayout
import KeyAgreement
import Primitives
import TestSupport
import Testing

@Suite("Published items (C6)") struct PublishedItemTests {
  let bob: Person
  let mailbox: FixedBytes<32>

  init() throws {
    bob = try Person("bob")
    mailbox = try FixedBytes([UInt8](repeating: 3, count: 32))
  }

  private func seal(_ contents: [UInt8], _ kind: PublishedItem.Kind) throws -> [UInt8] {
    try PublishedItem.seal(
      contents, kind: kind, account: bob.account, mailbox: mailbox, randomness: SeededRandomness("nonce"))
  }

  @Test(arguments: [
    (PublishedItem.Kind.lists, 0, 1_024), (.lists, 1_023, 1_024), (.lists, 1_024, 2_048), (.lists, 2_047, 2_048),
    (.lists, 2_048, 4_096), (.lists, 4_096, 8_192), (.lists, 8_191, 8_192), (.bundle, 282, 2_048),
    (.bundle, 2_047, 2_048), (.oneTimePrekey, 101, 128), (.oneTimePrekey, 127, 128), (.bundle, 1_855, 2_048),
    (.oneTimePrekey, 128, 1_792), (.oneTimePrekey, 1_674, 1_792), (.oneTimePrekey, 1_791, 1_792),
  ])
  func `contents are padded to their kind's sizes and come back`(
    kind: PublishedItem.Kind, count: Int, size: Int
  ) throws {
    // Ends in a zero byte, and in a marker: padding must not eat either.
    for last: UInt8 in [0x00, 0x80, 0x01] {
      let contents = count == 0 ? [] : [UInt8](repeating: 5, count: count - 1) + [last]
      let item = try seal(contents, kind)
      #expect(item.count == size + PublishedItem.overheadByteCount)
      #expect(try PublishedItem.open(item, kind: kind, account: bob.account, mailbox: mailbox) == contents)
    }
  }

  @Test(arguments: [(PublishedItem.Kind.lists, 8_192), (.bundle, 2_048), (.oneTimePrekey, 1_792)])
  func `contents that leave no room for the marker are refused`(kind: PublishedItem.Kind, count: Int) {
    #expect(throws: KeyAgreementError.layout(.tooLong(limit: count - 1, actual: count))) {
      try seal([UInt8](repeating: 1, count: count), kind)
    }
  }

  @Test func `every changed byte is refused`() throws {
    let item = try seal(bob.recordBytes, .oneTimePrekey)
    for index in item.indices {
      #expect(throws: KeyAgreementError.primitive(.authenticationFailed), "byte \(index)") {
        try PublishedItem.open(
          flipping(item, at: index), kind: .oneTimePrekey, account: bob.account, mailbox: mailbox)
      }
    }
  }

  @Test func `an item of another size, kind, account or mailbox is refused`() throws {
    let alice = try Person("alice")
    let other = try FixedBytes<32>([UInt8](repeating: 4, count: 32))
    let item = try seal(bob.bundle.signedBytes, .bundle)
    #expect(throws: KeyAgreementError.primitive(.authenticationFailed)) {
      try PublishedItem.open(item, kind: .bundle, account: alice.account, mailbox: mailbox)
    }
    #expect(throws: KeyAgreementError.primitive(.authenticationFailed)) {
      try PublishedItem.open(item, kind: .bundle, account: bob.account, mailbox: other)
    }
    // Of the same size, but of another kind.
    #expect(throws: KeyAgreementError.primitive(.authenticationFailed)) {
      try PublishedItem.open(item, kind: .lists, account: bob.account, mailbox: mailbox)
    }
    for bytes in [[], [UInt8](item.dropLast()), item + [0]] {
      #expect(throws: KeyAgreementError.layout(.notAllowed(field: "published item size"))) {
        try PublishedItem.open(bytes, kind: .bundle, account: bob.account, mailbox: mailbox)
      }
    }
  }

  @Test func `everything that a device publishes fits`() throws {
    for (contents, kind) in [
      (bob.lists.bytes, PublishedItem.Kind.lists), (bob.bundle.signedBytes, .bundle), (bob.recordBytes, .oneTimePrekey),
    ] {
      let opened = try PublishedItem.open(
        try seal(contents, kind), kind: kind, account: bob.account, mailbox: mailbox)
      #expect(opened == contents)
    }
    #expect(DeviceLists.byteCounts.upperBound < 8_192)
  }

  @Test func `two items of the same contents look different`() throws {
    let randomness = SeededRandomness("nonces")
    let items = try (0..<2).map { _ in
      try PublishedItem.seal([1], kind: .oneTimePrekey, account: bob.account, mailbox: mailbox, randomness: randomness)
    }
    #expect(items[0].prefix(24) != items[1].prefix(24))
    #expect(items[0].dropFirst(24) != items[1].dropFirst(24))
  }
}
