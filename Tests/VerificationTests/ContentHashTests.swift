import ByteLayout
import Testing
import Verification

@Suite struct `Content hash` {
  private let abc = [UInt8]("abc".utf8)

  @Test func `SHA-256 gives the numbers of FIPS 180-4`() {
    #expect(
      ContentHash.sha256(abc).description == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(ContentHash.sha256([]).description == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test func `SHA-512 gives the numbers of FIPS 180-4`() {
    #expect(
      ContentHash.sha512(abc).description == "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")
    #expect(
      ContentHash.sha512([]).description == "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
        + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e")
  }

  @Test func `BLAKE2b with a 32-byte digest is not a cut one of 64 bytes`() {
    // Checked against Python's hashlib.blake2b(digest_size=32).
    #expect(
      ContentHash.blake2b256(abc).description == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")
    #expect(
      ContentHash.blake2b256([]).description == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")
  }

  @Test func `a labelled hash is SHA-256 of label, zero byte and body`() {
    #expect(
      ContentHash.labelled("Sotto_Test", [1, 2, 3]).description
        == "b5eba2bce34ebbe5e523d302da2925fdde008983758dac4034494e84d9a44e56")
    #expect(
      ContentHash.labelled("Sotto_Test", [1, 2, 3]) == ContentHash.sha256([UInt8]("Sotto_Test\0".utf8) + [1, 2, 3]))
    #expect(ContentHash.labelled("Sotto_Tes", [1, 2, 3]) != ContentHash.labelled("Sotto_Test", [1, 2, 3]))
  }

  @Test func `libsodium starts, and starting again is harmless`() throws {
    try Sodium.start()
    try Sodium.start()
  }
}
