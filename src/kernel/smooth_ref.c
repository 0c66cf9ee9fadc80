/* smooth_ref.c - cross-entropy with label smoothing, one row: the definition
 *
 * The target is the word with probability 1 - s, and any word with s / V
 * (Szegedy et al., CVPR 2016), as in PyTorch.
 */
#include "kernel/variant.h"

#include <assert.h>
#include <math.h>

double ch_softmax_smooth_ref(size_t V, float *logit, size_t target,
                             float smoothing)
{
    double max = (double)logit[0], sum = 0, all = 0, s = (double)smoothing;
    double each = s / (double)V, lse, loss;

    assert(target < V);
    for (size_t v = 1; v < V; v++)
        max = fmax(max, (double)logit[v]);
    for (size_t v = 0; v < V; v++) {
        sum += exp((double)logit[v] - max);
        all += (double)logit[v];
    }
    lse = max + log(sum);
    loss = lse - (1 - s) * (double)logit[target] - each * all;
    for (size_t v = 0; v < V; v++)
        logit[v] = (float)(exp((double)logit[v] - lse) - each);
    logit[target] -= 1.0f - smoothing;
    return loss;
}
