import CSodium

/// The sole owner of some secret bytes in locked memory; wiped when it goes out of scope.
///
/// Not copyable, not comparable with `==`, not printable, not encodable. Bytes are written once, while it is made, and
/// lent afterwards: there is no way to get them out as an array.
@safe package struct SecretBytes: ~Copyable, @unchecked Sendable {  // Sendable: immutable after init, one owner
  private let slot: SecretArena.Slot

  /// How many bytes the secret has, 0 … 262 144.
  package let byteCount: Int

  /// Takes a slot and lets `fill` write the secret in place.
  ///
  /// - Parameter fill: gets `byteCount` zero bytes. When it throws, the slot is wiped and returned.
  /// - Throws: ``SecretMemoryError``, mapped by `wrap`, or what `fill` throws.
  package init<Failure: Error>(
    byteCount: Int, wrapping wrap: (SecretMemoryError) -> Failure,
    filledBy fill: (inout MutableRawSpan) throws(Failure) -> Void
  ) throws(Failure) {
    let taken: SecretArena.Slot
    do throws(SecretMemoryError) {
      taken = try SecretArena.shared.take(byteCount: byteCount)
    } catch {
      throw wrap(error)
    }
    var span = unsafe MutableRawSpan(_unsafeStart: taken.address, byteCount: byteCount)
    do throws(Failure) {
      try fill(&span)
    } catch {
      SecretArena.shared.giveBack(taken)
      throw error
    }
    slot = taken
    self.byteCount = byteCount
  }

  /// Takes a slot and lets `fill`, which cannot fail, write the secret in place.
  ///
  /// - Throws: ``SecretMemoryError`` when there is no locked memory to be had.
  package init(byteCount: Int, filledBy fill: (inout MutableRawSpan) -> Void) throws(SecretMemoryError) {
    try self.init(byteCount: byteCount, wrapping: { $0 }) { (span: inout MutableRawSpan) throws(SecretMemoryError) in
      fill(&span)
    }
  }

  /// Copies bytes that were already in ordinary memory (a test vector, a credential that was just read).
  ///
  /// The source is not wiped: whoever has it must do that. Everything else fills in place.
  package init(copying bytes: [UInt8]) throws(SecretMemoryError) {
    try self.init(byteCount: bytes.count) { span in
      for index in bytes.indices { span.storeBytes(of: bytes[index], toByteOffset: index, as: UInt8.self) }
    }
  }

  deinit {
    SecretArena.shared.giveBack(slot)
  }

  /// Lends the bytes for the duration of `body`.
  package borrowing func withBytes<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(unsafe RawSpan(_unsafeStart: slot.address, byteCount: byteCount))
  }

  /// A second owner of the same bytes, in a slot of its own: what "decrypt on a copy" copies.
  package borrowing func duplicate() throws(SecretMemoryError) -> SecretBytes {
    try slice(0..<byteCount)
  }

  /// A new secret made of the bytes in `range`.
  package borrowing func slice(_ range: Range<Int>) throws(SecretMemoryError) -> SecretBytes {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "a slice lies within its secret")
    return try withBytes { source throws(SecretMemoryError) in
      try SecretBytes(byteCount: range.count) { span in
        for index in 0..<range.count {
          span.storeBytes(
            of: source.unsafeLoad(fromByteOffset: range.lowerBound + index), toByteOffset: index, as: UInt8.self)
        }
      }
    }
  }
}

extension RawSpan {
  /// One byte, with the bounds check that the name of the standard library's own method does not promise.
  fileprivate func unsafeLoad(fromByteOffset offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < byteCount, "an index lies within its bytes")
    return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }
}

extension SecretBytes {
  /// A new secret: these bytes, then `other`'s. For key material that a derivation takes as one input.
  package borrowing func appending(_ other: borrowing SecretBytes) throws(SecretMemoryError) -> SecretBytes {
    let firstByteCount = byteCount
    return try withBytes { first throws(SecretMemoryError) in
      try other.withBytes { second throws(SecretMemoryError) in
        try SecretBytes(byteCount: firstByteCount + second.byteCount) { span in
          for index in 0..<firstByteCount {
            span.storeBytes(of: first.unsafeLoad(fromByteOffset: index), toByteOffset: index, as: UInt8.self)
          }
          for index in 0..<second.byteCount {
            span.storeBytes(
              of: second.unsafeLoad(fromByteOffset: index), toByteOffset: firstByteCount + index, as: UInt8.self)
          }
        }
      }
    }
  }
}
