package dev.hyperfleet.host.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hyperfleet.host.NativeFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigrationStreamTest {
    private static final int PAGE = 4096;
    private static final int MEMORY_BYTES = 600 * PAGE;
    private static final int FIRMWARE_BYTES = 2 * PAGE;
    private static final long SAME_BLOCK = 0x20;
    private static final byte[] DEVICES = "the states of all devices".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path folder;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream stream = new DataOutputStream(bytes);

    @Test
    void eachPageOfTheMemoryIsAtItsAddressAndPagesOfZerosTakeNoSpace() throws IOException {
        begin();
        page("microvm.ram", 0, 0, 1);
        for (int page = 1; page < 300; page++) {
            page("", SAME_BLOCK, page, page % 100);
        }
        zeros("", SAME_BLOCK, 300);
        page("", SAME_BLOCK, 500, 5);
        end();

        separate(bytes.toByteArray());

        byte[] memory = Files.readAllBytes(folder.resolve("memory"));
        assertThat(memory).hasSize(MEMORY_BYTES);
        for (int page = 1; page < 300; page++) {
            assertThat(memory[page * PAGE + 17]).isEqualTo((byte) (page % 100));
        }
        assertThat(memory[500 * PAGE]).isEqualTo((byte) 5);
        assertThat(Arrays.copyOfRange(memory, 300 * PAGE, 500 * PAGE)).containsOnly(0);
        AtomicLong used = new AtomicLong();
        try (NativeFile extents = NativeFile.openForReading(folder.resolve("memory"))) {
            extents.<IOException>forEachExtent(MEMORY_BYTES, (begin, end) -> used.addAndGet(end - begin));
        }
        assertThat(used.get()).isLessThan(400L * PAGE);
    }

    @Test
    void theRestIsTheSameStreamWithoutTheMemorysPages() throws IOException {
        begin();
        page("microvm.ram", 0, 7, 7);
        page("firmware", 0, 0, 3);
        zeros("", SAME_BLOCK, 1);
        page("microvm.ram", 0, 8, 8);
        end();
        byte[] whole = bytes.toByteArray();
        bytes.reset();
        begin();
        page("firmware", 0, 0, 3);
        zeros("firmware", 0, 1);
        end();

        separate(whole);

        assertThat(Files.readAllBytes(folder.resolve("devices"))).isEqualTo(bytes.toByteArray());
    }

    @Test
    void aPageBeyondTheMemoryIsRefused() throws IOException {
        begin();
        page("microvm.ram", 0, MEMORY_BYTES / PAGE, 1);
        end();
        assertRefused(bytes.toByteArray(), "page at");
    }

    @Test
    void aStreamThatIsCutOffIsRefused() throws IOException {
        begin();
        page("microvm.ram", 0, 0, 1);
        byte[] whole = bytes.toByteArray();
        for (int length = 0; length < whole.length; length += 13) {
            assertRefused(Arrays.copyOf(whole, length), "end");
        }
    }

    @Test
    void aStreamOfAnotherFormatIsRefused() throws IOException {
        assertRefused("not a migration".getBytes(StandardCharsets.US_ASCII), "beginning");
        begin();
        stream.writeLong(0x40);
        assertRefused(bytes.toByteArray(), "record 64");
    }

    private void begin() throws IOException {
        stream.writeBytes("QEVM");
        stream.writeInt(3);
        stream.writeByte(7);
        stream.writeInt(7);
        stream.writeBytes("microvm");
        stream.writeByte(1);
        stream.writeInt(2);
        name("ram");
        stream.writeInt(0);
        stream.writeInt(4);
        stream.writeLong(MEMORY_BYTES + FIRMWARE_BYTES | 0x04);
        name("microvm.ram");
        stream.writeLong(MEMORY_BYTES);
        name("firmware");
        stream.writeLong(FIRMWARE_BYTES);
        endPart();
        part(2);
    }

    private void part(int type) throws IOException {
        stream.writeByte(type);
        stream.writeInt(2);
    }

    private void endPart() throws IOException {
        stream.writeLong(0x10);
        stream.writeByte(0x7e);
        stream.writeInt(2);
    }

    private void end() throws IOException {
        endPart();
        part(3);
        endPart();
        stream.write(DEVICES);
    }

    private void page(String block, long flags, long page, int content) throws IOException {
        record(block, flags | 0x08, page);
        byte[] bytesOfPage = new byte[PAGE];
        Arrays.fill(bytesOfPage, (byte) content);
        stream.write(bytesOfPage);
    }

    private void zeros(String block, long flags, long page) throws IOException {
        record(block, flags | 0x02, page);
        stream.writeByte(0);
    }

    private void record(String block, long flags, long page) throws IOException {
        stream.writeLong(page * PAGE | flags);
        if ((flags & SAME_BLOCK) == 0) {
            name(block);
        }
    }

    private void name(String name) throws IOException {
        stream.writeByte(name.length());
        stream.writeBytes(name);
    }

    private void separate(byte[] input) throws IOException {
        try (FileChannel memory = create("memory");
                FileChannel devices = create("devices")) {
            var from = Channels.newChannel(new ByteArrayInputStream(input));
            new MigrationStream(from, "microvm.ram", memory, devices).separate();
        }
    }

    private FileChannel create(String name) throws IOException {
        return FileChannel.open(
                folder.resolve(name),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
    }

    private void assertRefused(byte[] input, String what) {
        assertThatThrownBy(() -> separate(input))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("unexpected")
                .hasMessageContaining(what);
    }
}
