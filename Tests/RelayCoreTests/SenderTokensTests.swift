import ByteLayout
import RelayCore
import RelayWire
import Testing

@Suite struct `A sender's tokens` {
  /// From an independent computation (hashlib) of C10.
  @Test func `are known by the hashes of C10`() throws {
    #expect(SenderTokens.hash(DeletionToken(Sample.fixed(7))).bytes.description == "17ef0c8dc18b4f04bc6d0718a5958b9b")
    #expect(SenderTokens.hash(CollectedToken(Sample.fixed(7))).bytes.description == "fc5f354c26c01bf4fd7a046ddc1615a0")
  }

  @Test func `tell of a collection from the next full quarter of an hour, never at once`() {
    #expect(CollectedRules.visible(from: 900) == 1_800)
    #expect(CollectedRules.visible(from: 901) == 1_800)
    #expect(CollectedRules.visible(from: 1_799) == 1_800)
    #expect(CollectedRules.visible(from: 1_800) == 2_700)
  }
}
