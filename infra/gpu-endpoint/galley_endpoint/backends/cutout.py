"""Background removal by colour: GrabCut at reduced size, the mask refined at full size."""

import cv2
import numpy as np
from PIL import Image

from ..errors import Failure
from . import Watch

WORKING_SIDE = 384
ROUNDS = 5
LEAST, MOST = 0.008, 0.97
"""Shares of the picture that a subject can reasonably fill."""


def remove_background(image: Image.Image, watch: Watch) -> Image.Image:
    """The picture with everything but its subject transparent, or the failure `no_subject`."""
    rgb = np.asarray(image.convert("RGB"))
    watch.progress(0.05)
    scale = min(1.0, WORKING_SIDE / max(image.size))
    size = (max(round(image.width * scale), 16), max(round(image.height * scale), 16))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    mask = _segment(small, watch)
    watch.progress(0.7)
    alpha = _refine(rgb, mask)
    if image.mode == "RGBA":
        alpha = np.minimum(alpha, np.asarray(image.getchannel("A")))
    watch.progress(0.9)
    result = Image.fromarray(np.dstack([rgb, alpha]), "RGBA")
    watch.preview(result)
    return result


def _segment(small: np.ndarray, watch: Watch) -> np.ndarray:
    """A 0/1 mask of the subject at working size."""
    if float(small.std()) < 3:
        raise Failure("no_subject", "the picture is of one colour; there is nothing to cut out", retryable=False)
    cv2.setRNGSeed(1)  # GrabCut and k-means roll dice; the same picture shall give the same mask
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 1.2), cv2.COLOR_RGB2LAB).astype(np.float32)
    marks = _guess(lab)
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    bgr = cv2.cvtColor(small, cv2.COLOR_RGB2BGR)
    for round_ in range(ROUNDS):
        how = cv2.GC_INIT_WITH_MASK if round_ == 0 else cv2.GC_EVAL
        try:
            cv2.grabCut(bgr, marks, None, background, foreground, 1, how)
        except cv2.error as error:
            raise Failure("no_subject", "nothing stands out from the background", retryable=False) from error
        watch.progress(0.1 + 0.55 * (round_ + 1) / ROUNDS)
    mask = ((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)).astype(np.uint8)
    mask = _main_parts(mask)
    mask = _main_parts(_enclosed(small, mask))
    share = float(mask.mean())
    if not LEAST < share < MOST:
        raise Failure("no_subject", f"what stands out fills {share:.1%} of the picture", retryable=False)
    return mask


def _guess(lab: np.ndarray) -> np.ndarray:
    """GrabCut's first marks: unlike the picture's border, and near its middle."""
    height, width = lab.shape[:2]
    edge = max(min(height, width) // 16, 2)
    border = np.zeros((height, width), bool)
    border[:edge] = border[:, :edge] = border[:, -edge:] = True
    border[-edge:] = True
    # Where on the border a colour is seen matters: sky is above and table below. So position is part of the colour.
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    place = np.dstack([xs / width, ys / height]) * 40
    features = np.dstack([lab * (0.8, 1.3, 1.3), place]).astype(np.float32)
    samples = features[border]
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.5)
    _, _, centres = cv2.kmeans(samples, min(12, len(samples)), None, criteria, 1, cv2.KMEANS_PP_CENTERS)
    away = np.full((height, width), np.inf, np.float32)
    for centre in centres:
        away = np.minimum(
            away,
            np.linalg.norm(features[..., :3] - centre[:3], axis=2)
            + 0.25 * np.linalg.norm(features[..., 3:] - centre[3:], axis=2),
        )
    middle = np.exp(-(((xs / width - 0.5) / 0.3) ** 2 + ((ys / height - 0.5) / 0.36) ** 2))
    score = away * (0.25 + middle)
    otsu, _ = cv2.threshold(
        cv2.normalize(score, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8), 0, 255, cv2.THRESH_OTSU
    )
    level = otsu / 255 * float(score.max() - score.min()) + float(score.min())
    marks = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    marks[score > level] = cv2.GC_PR_FGD
    frame = max(edge // 3, 1)
    marks[:frame] = marks[:, :frame] = marks[:, -frame:] = cv2.GC_BGD
    marks[-frame:] = cv2.GC_BGD
    if not (marks == cv2.GC_PR_FGD).any():
        raise Failure("no_subject", "nothing stands out from the background", retryable=False)
    return marks


def _main_parts(mask: np.ndarray) -> np.ndarray:
    """The part that is large and central, with others of its rank; specks go, holes are filled."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel)
    count, labels, stats, centres = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return mask
    height, width = mask.shape
    off = np.hypot((centres[1:, 0] / width - 0.5) / 0.5, (centres[1:, 1] / height - 0.5) / 0.5)
    rank = stats[1:, cv2.CC_STAT_AREA] * np.exp(-(off**2) * 1.5)
    main = stats[1 + int(rank.argmax())]
    left, right = main[cv2.CC_STAT_LEFT], main[cv2.CC_STAT_LEFT] + main[cv2.CC_STAT_WIDTH]
    # A small part straight above or below the main one belongs to it: a basket, a flag, a foot.
    aligned = (left <= centres[1:, 0]) & (centres[1:, 0] <= right)
    keep = np.flatnonzero(rank >= rank.max() * np.where(aligned, 0.03, 0.25)) + 1
    kept = np.isin(labels, keep).astype(np.uint8)
    outlines, tree = cv2.findContours(kept, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    for outline, place in zip(outlines, tree[0] if tree is not None else [], strict=False):
        if place[3] >= 0 and cv2.contourArea(outline) < 0.2 * kept.sum():
            cv2.drawContours(kept, [outline], -1, 1, cv2.FILLED)
    return kept


def _enclosed(small: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The mask with the areas that it reaches around and that outlines part from the border, whatever their colour."""
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (0, 0), 1.0)
    strong, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
    lines = cv2.dilate(cv2.Canny(grey, strong * 0.35, strong * 0.8), np.ones((3, 3), np.uint8)) > 0
    free = ((~lines) & (mask == 0)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(free, connectivity=4)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    points = cv2.findNonZero(mask)
    if points is None:
        return mask
    hull = cv2.fillConvexPoly(np.zeros_like(mask), cv2.convexHull(points), 1)
    area = stats[:, cv2.CC_STAT_AREA]
    covered = np.bincount(labels[hull == 1], minlength=count)
    fits = (area > 0.01 * mask.sum()) & (area < mask.sum()) & (covered > 0.5 * area)
    fits[border] = False
    fits[0] = False
    inside = np.isin(labels, np.flatnonzero(fits)).astype(np.uint8)
    # The outlines themselves lie between the areas and the mask.
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    return cv2.morphologyEx(inside | mask, cv2.MORPH_CLOSE, kernel)


def _refine(rgb: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The mask at full size, its edge drawn to the picture's own edges and feathered: 8 bits of alpha."""
    height, width = rgb.shape[:2]
    rough = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    reach = max(round(max(width, height) / WORKING_SIDE * 3), 2)
    soft = _guided(grey, rough, reach, 1e-4)
    # Far from the edge the mask is certain; the filter only speaks near it.
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    inside = cv2.erode((rough > 0.5).astype(np.uint8), kernel)
    outside = cv2.dilate((rough > 0.5).astype(np.uint8), kernel)
    alpha = np.clip((soft - 0.5) * 1.8 + 0.5, 0, 1)
    alpha[inside == 1] = 1
    alpha[outside == 0] = 0
    return (alpha * 255 + 0.5).astype(np.uint8)


def _guided(guide: np.ndarray, mask: np.ndarray, reach: int, epsilon: float) -> np.ndarray:
    """He, Sun and Tang's guided filter: the mask as a local linear function of the picture."""

    def mean(field: np.ndarray) -> np.ndarray:
        return cv2.blur(field, (2 * reach + 1, 2 * reach + 1))

    mean_guide, mean_mask = mean(guide), mean(mask)
    slope = (mean(guide * mask) - mean_guide * mean_mask) / (mean(guide * guide) - mean_guide**2 + epsilon)
    return mean(slope) * guide + mean(mean_mask - slope * mean_guide)
