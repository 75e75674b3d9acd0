package dev.hyperfleet.oci;

import dev.hyperfleet.oci.ImageMaker.LayerMaker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Layers of few names, so that they often hit each other's. */
final class RandomLayers {
    private static final int LAYERS = 5;
    private static final int ENTRIES = 20;
    private static final int NAMES = 4;

    private RandomLayers() {}

    static void fill(ImageMaker image, Random random) throws IOException {
        for (int layer = 0; layer < LAYERS; layer++) {
            image.layer(layer(random, layer));
        }
    }

    /** A layer lists a folder before what is in it, as archivers do. */
    private static LayerMaker layer(Random random, int number) throws IOException {
        LayerMaker layer = new LayerMaker();
        Set<String> used = new HashSet<>();
        List<String> files = new ArrayList<>();
        List<String> folders = new ArrayList<>(List.of(""));
        for (int entry = 0; entry < ENTRIES; entry++) {
            String parent = folders.get(random.nextInt(folders.size()));
            String name = parent + (char) ('a' + random.nextInt(NAMES));
            if (!used.add(name)) {
                continue;
            }
            switch (random.nextInt(8)) {
                case 0, 1 -> {
                    layer.folder(name, random.nextBoolean() ? 0755 : 0711);
                    folders.add(name + "/");
                    if (number > 0 && random.nextInt(3) == 0) {
                        layer.opaque(name);
                    }
                }
                case 2 -> {
                    if (number > 0) {
                        layer.without(name);
                    }
                }
                case 3 -> layer.link(name, random.nextBoolean() ? "a" : "/b");
                case 4 -> {
                    if (!files.isEmpty()) {
                        layer.hardLink(name, files.get(random.nextInt(files.size())));
                    }
                }
                default -> {
                    byte[] content = new byte[random.nextInt(3) * 5000];
                    random.nextBytes(content);
                    layer.file(name, content, 0640 + random.nextInt(8), Map.of());
                    files.add(name);
                }
            }
        }
        return layer;
    }
}
