import CSodium

/// The operating system's generator, through libsodium.
package struct SystemRandomness: Randomness {
  /// - Throws: ``PrimitiveError/libraryUnusable``.
  package init() throws(PrimitiveError) {
    try Library.start()
  }

  package func fill(_ bytes: inout MutableRawSpan) {
    unsafe bytes.withUnsafeMutableBytes { buffer in
      guard let address = buffer.baseAddress else { return }
      unsafe randombytes_buf(address, buffer.count)
    }
  }
}
