package dev.hyperfleet.host.qemu;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * Separates the stream that QEMU writes when it migrates a guest, while it arrives. The guest's memory becomes a sparse
 * file, each page at its own offset, which any number of VMMs can map. The rest is again a stream: QEMU loads it into a
 * machine whose memory is that file, and leaves the pages alone that the stream does not contain.
 *
 * <p>The format is that of {@code migration/savevm.c} and {@code migration/ram.c} in QEMU's source. The VMM that writes
 * it may be hostile. Numbers are big-endian, as in a ByteBuffer. For one thread.
 */
final class MigrationStream {
    private static final int MAGIC = 0x5145564d; // "QEVM"
    private static final int VERSION = 3;
    private static final int HEADER = Integer.BYTES + Integer.BYTES;

    // The parts of the stream. The memory's come before all devices'.
    private static final byte START = 1;
    private static final byte PART = 2;
    private static final byte END = 3;
    private static final byte CONFIGURATION = 7;
    private static final byte FOOTER = 0x7e;

    // The records of a part with memory: an address, whose lower bits say which it is.
    private static final long FLAGS = 0xfff;
    private static final long ZERO = 0x02;
    private static final long BLOCKS = 0x04;
    private static final long PAGE = 0x08;
    private static final long END_OF_PART = 0x10;
    private static final long SAME_BLOCK = 0x20;

    private static final int PAGE_BYTES = 4096;
    private static final int CHUNK = 1 << 20;
    private static final int LONGEST_NAME = 256;

    private final ReadableByteChannel from;
    private final String guestMemory;
    private final FileChannel memory;
    private final FileChannel rest;
    private final ByteBuffer input = ByteBuffer.allocateDirect(CHUNK).limit(0);
    private final ByteBuffer output = ByteBuffer.allocateDirect(CHUNK);
    private final ByteBuffer pages = ByteBuffer.allocateDirect(CHUNK);
    private long pagesBegin;
    private long memorySize;
    private String block = "";

    /**
     * @param guestMemory the name of the block that is the guest's memory; others, such as a firmware's, stay in the
     *     stream
     * @param memory an empty file for the guest's memory
     * @param rest an empty file for the rest of the stream
     */
    MigrationStream(ReadableByteChannel from, String guestMemory, FileChannel memory, FileChannel rest) {
        this.from = from;
        this.guestMemory = guestMemory;
        this.memory = memory;
        this.rest = rest;
    }

    /**
     * Reads the stream to its end.
     *
     * @throws IOException also if the stream is not as expected, which says what is wrong
     */
    void separate() throws IOException {
        need(HEADER);
        if (input.getInt(input.position()) != MAGIC || input.getInt(input.position() + Integer.BYTES) != VERSION) {
            throw unexpected("beginning");
        }
        copy(HEADER);
        boolean more = true;
        while (more) {
            more = copyPart();
        }
        flushPages();
        copyRest();
        if (memorySize == 0) {
            throw unexpected("end: it has no block " + guestMemory);
        }
        if (memory.size() < memorySize) {
            var _ = memory.write(ByteBuffer.allocate(1), memorySize - 1); // it ends with a hole, so far
        }
    }

    /** Returns whether more memory follows. */
    private boolean copyPart() throws IOException {
        byte type = peek();
        switch (type) {
            case CONFIGURATION -> {
                need(1 + Integer.BYTES);
                int length = input.getInt(input.position() + 1);
                if (length < 0 || length > LONGEST_NAME) {
                    throw unexpected("name of a machine");
                }
                copy(1 + Integer.BYTES + length);
            }
            case START -> {
                copy(1 + Integer.BYTES);
                copy(1 + Byte.toUnsignedInt(peek()));
                copy(Integer.BYTES + Integer.BYTES);
                copyRecords();
            }
            case PART, END -> {
                copy(1 + Integer.BYTES);
                copyRecords();
            }
            default -> throw unexpected("part " + type);
        }
        return type != END;
    }

    private void copyRecords() throws IOException {
        long flags;
        do {
            need(Long.BYTES);
            long header = input.getLong();
            flags = header & FLAGS & ~SAME_BLOCK;
            long offset = header & ~FLAGS;
            if (flags == BLOCKS) {
                put(header);
                copyBlocks(offset);
            } else if (flags == PAGE || flags == ZERO) {
                copyPage(header, flags, offset);
            } else if (flags == END_OF_PART) {
                put(header);
            } else {
                throw unexpected("record " + flags);
            }
        } while (flags != END_OF_PART);
        if (peek() == FOOTER) {
            copy(1 + Integer.BYTES);
        }
    }

    /** The names and sizes of all blocks. */
    private void copyBlocks(long total) throws IOException {
        for (long left = total; left > 0; ) {
            String name = peekName();
            copy(1 + name.length());
            need(Long.BYTES);
            long size = input.getLong(input.position());
            if (size <= 0 || size > left) {
                throw unexpected("size of block " + name);
            }
            copy(Long.BYTES);
            if (name.equals(guestMemory)) {
                memorySize = size;
            }
            left -= size;
        }
    }

    private void copyPage(long header, long flags, long offset) throws IOException {
        if ((header & SAME_BLOCK) == 0) {
            block = peekName();
            input.position(input.position() + 1 + block.length());
        }
        int length = flags == PAGE ? PAGE_BYTES : 1;
        need(length);
        if (!block.equals(guestMemory)) {
            put(header & ~SAME_BLOCK);
            put(block);
            copy(length);
            return;
        }
        if (offset + PAGE_BYTES > memorySize) {
            throw unexpected("page at " + offset);
        }
        if (flags == PAGE) {
            addPage(offset);
        } else if (input.get() != 0) {
            throw unexpected("page of equal bytes");
        } // A page of zeros stays a hole: no page comes twice, since the guest is halted.
    }

    private void addPage(long offset) throws IOException {
        if (!pages.hasRemaining() || offset != pagesBegin + pages.position()) {
            flushPages();
            pagesBegin = offset;
        }
        pages.put(input.slice(input.position(), PAGE_BYTES));
        input.position(input.position() + PAGE_BYTES);
    }

    private void flushPages() throws IOException {
        pages.flip();
        while (pages.hasRemaining()) {
            pagesBegin += memory.write(pages, pagesBegin);
        }
        pages.clear();
    }

    private void copyRest() throws IOException {
        flushOutput();
        int length;
        do {
            while (input.hasRemaining()) {
                var _ = rest.write(input);
            }
            length = from.read(input.clear());
            input.flip();
        } while (length >= 0);
    }

    private byte peek() throws IOException {
        need(1);
        return input.get(input.position());
    }

    /** The name that comes next, with its length in one byte before it. */
    private String peekName() throws IOException {
        int length = Byte.toUnsignedInt(peek());
        need(1 + length);
        byte[] name = new byte[length];
        input.get(input.position() + 1, name);
        return new String(name, StandardCharsets.ISO_8859_1);
    }

    /** Copies these bytes, which are no pages of memory, to the rest of the stream. */
    private void copy(int length) throws IOException {
        need(length);
        reserve(length);
        output.put(input.slice(input.position(), length));
        input.position(input.position() + length);
    }

    private void put(long number) throws IOException {
        reserve(Long.BYTES);
        output.putLong(number);
    }

    private void put(String name) throws IOException {
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        reserve(1 + bytes.length);
        output.put((byte) bytes.length).put(bytes);
    }

    private void reserve(int length) throws IOException {
        if (output.remaining() < length) {
            flushOutput();
        }
    }

    private void flushOutput() throws IOException {
        output.flip();
        while (output.hasRemaining()) {
            var _ = rest.write(output);
        }
        output.clear();
    }

    /** Makes at least this many bytes available, at most the size of the buffer. */
    private void need(int length) throws IOException {
        if (input.remaining() >= length) {
            return;
        }
        input.compact();
        while (input.position() < length) {
            if (from.read(input) < 0) {
                throw unexpected("end");
            }
        }
        input.flip();
    }

    private static IOException unexpected(String what) {
        return new IOException("QEMU's stream has an unexpected " + what);
    }
}
