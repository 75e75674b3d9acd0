/** Measures the product's performance goals, as ratios against baselines of the same run. */
@NullMarked
package dev.hyperfleet.bench;

import org.jspecify.annotations.NullMarked;
