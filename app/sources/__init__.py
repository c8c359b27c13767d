"""
Fee lines pulled from other systems over HTTP.

    pages      one page of a source: asked for with its watermark, read strictly
    pulling    pull_sources: every due source of every platform, page by page, each with its watermark
"""
