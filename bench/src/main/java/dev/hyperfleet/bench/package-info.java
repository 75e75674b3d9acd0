/** Measures what the product promises to be fast at, as ratios against baselines of the same run. */
@NullMarked
package dev.hyperfleet.bench;

import org.jspecify.annotations.NullMarked;
