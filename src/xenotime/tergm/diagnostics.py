"""Whether chains have mixed: effective sample size, R-hat, the covariance of a mean, Hotelling's T².

Autocorrelations by FFT; the effective size sums them over Geyer's (1992) initial monotone sequence, chains pooled as in
Vehtari et al. (2021), and R-hat is their split form. The covariance of a mean uses batch means.
"""

import numpy as np
from scipy import stats


def _autocovariance(centred: np.ndarray) -> np.ndarray:
    """Return autocovariances (lags, p) of draws (n, p) whose mean is zero."""
    n = len(centred)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.fft.rfft(centred, size, axis=0)
    return np.asarray(np.fft.irfft(np.abs(spectrum) ** 2, size, axis=0)[:n] / n)


def _variances(chains: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean variance within chains and the pooled variance, (p,) each."""
    c, n, _ = chains.shape
    within = chains.var(axis=1, ddof=1).mean(axis=0)
    between = chains.mean(axis=1).var(axis=0, ddof=1) if c > 1 else np.zeros(chains.shape[2])
    return within, within * (n - 1) / n + between


def effective_size(chains: np.ndarray) -> np.ndarray:
    """Return the effective number of draws of each statistic.

    Parameters
    ----------
    chains : (c, n, p) float64
        Draws of c chains.

    Returns
    -------
    (p,) float64
        Between 1 and c·n·log10(c·n); c·n for a statistic that never varies.
    """
    c, n, p = chains.shape
    if n < 4:
        return np.full(p, float(c * n))
    within, pooled = _variances(chains)
    constant = pooled <= 1e-300
    safe = np.where(constant, 1.0, pooled)
    covariance = np.mean([_autocovariance(chain - chain.mean(axis=0)) for chain in chains], axis=0)
    # ρ_t = 1 − (W − mean autocovariance)/var⁺ (Vehtari et al. 2021, equation 10).
    rho = 1.0 - (within - covariance * n / (n - 1)) / safe
    rho[0] = 1.0
    pairs = rho[: 2 * (n // 2)].reshape(n // 2, 2, p).sum(axis=1)
    positive = np.cumprod(pairs > 0, axis=0).astype(bool)
    monotone = np.minimum.accumulate(pairs, axis=0)
    tau = np.maximum(-1.0 + 2.0 * (monotone * positive).sum(axis=0), 1.0 / np.log10(c * n))
    return np.asarray(np.where(constant, c * n, c * n / tau))


def split_rhat(chains: np.ndarray) -> np.ndarray:
    """Return the split R-hat of each statistic, (p,); 1 where it never varies. Chains as in `effective_size`."""
    c, n, p = chains.shape
    half = n // 2
    if half < 2:
        return np.ones(p)
    halves = chains[:, : 2 * half].reshape(2 * c, half, p)
    within, pooled = _variances(halves)
    moving = within > 0
    return np.asarray(np.sqrt(np.divide(pooled, within, out=np.ones(p), where=moving)))


def covariance_of_mean(chains: np.ndarray) -> np.ndarray:
    """Return the covariance of the mean over all draws, (p, p), by batch means that are spread by effective size."""
    c, n, p = chains.shape
    draws = chains.reshape(c * n, p)
    plain = np.atleast_2d(np.cov(draws, rowvar=False))
    # Correlations settle much sooner than spreads: the former from the draws, the latter from the effective sizes.
    root = 1.0 / np.sqrt(effective_size(chains))
    return np.asarray(plain * np.outer(root, root))


def hotelling(chains: np.ndarray, target: np.ndarray, extra: np.ndarray | None = None) -> tuple[float, float]:
    """Return Hotelling's T² of the mean against a target, (p,), and its p-value: small where they differ.

    `extra`, (p, p), is the covariance of an error the target has of its own.
    """
    difference = chains.mean(axis=(0, 1)) - target
    spread = covariance_of_mean(chains) + (0.0 if extra is None else extra)
    square = float(difference @ np.linalg.pinv(spread, hermitian=True) @ difference)
    p = len(target)
    size = float(np.maximum(effective_size(chains).min(), p + 2))
    return square, float(stats.f.sf(square * (size - p) / (p * (size - 1)), p, size - p))
