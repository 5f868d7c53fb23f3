package sheet

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// readBook opens a sheet of a workbook. Done closes it. The library panics on some damaged workbooks; they are refused like
// any other.
func readBook(content []byte, a *archive, sheet string) (rows table, done func(), err error) {
	if a.unpacked > maxBook {
		return nil, nil, broken(TooMany, "has more than %d MiB once it is unpacked", maxBook>>20)
	}
	var book *excelize.File
	err = careful(func() error {
		book, err = excelize.OpenReader(bytes.NewReader(content), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxBook, UnzipXMLSizeLimit: maxBook})
		return err
	})
	if err != nil {
		return nil, nil, damaged()
	}
	done = func() { _ = careful(book.Close) }
	if sheet == "" {
		if names := book.GetSheetList(); len(names) > 0 {
			sheet = names[0]
		}
	}
	if i, err := book.GetSheetIndex(sheet); err != nil || i < 0 {
		done()
		return nil, nil, broken(NotOne, "has no sheet %q; it has %s", clip(sheet), clip(strings.Join(book.GetSheetList(), ", ")))
	}
	return func(visit visitor) error { return visitSheet(book, sheet, visit) }, done, nil
}

func damaged() error { return broken(Format, "is a damaged workbook") }

// careful makes an error of a panic.
func careful(do func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = damaged()
		}
	}()
	return do()
}

// visitSheet visits the rows of a sheet, each decoded by itself.
func visitSheet(book *excelize.File, sheet string, visit visitor) error {
	var rows *excelize.Rows
	err := careful(func() (err error) {
		rows, err = book.Rows(sheet)
		return err
	})
	if err != nil {
		return damaged()
	}
	defer func() { _ = careful(rows.Close) }()
	for row := 1; ; row++ {
		var cells []string
		more := false
		err := careful(func() (err error) {
			if more = rows.Next(); more {
				cells, err = rows.Columns(excelize.Options{RawCellValue: true})
			}
			return err
		})
		if err != nil || !more && rows.Error() != nil {
			return damaged()
		}
		if !more {
			return nil
		}
		if err := tidy("", row, cells); err != nil {
			return err
		}
		if blank(cells) {
			continue
		}
		for i, c := range cells {
			cells[i] = strings.Clone(whole(c))
		}
		if err := visit(row, cells); err != nil {
			return err
		}
	}
}

// whole writes a long number as people do: a workbook holds 1.234567890123E+12 where it shows 1234567890123.
func whole(cell string) string {
	if !strings.Contains(cell, "E+") || len(cell) > 24 || strings.Trim(cell, "0123456789.E+") != "" {
		return cell
	}
	n, err := strconv.ParseFloat(cell, 64)
	if err != nil || n != float64(int64(n)) || n >= 1e15 {
		return cell
	}
	return strconv.FormatInt(int64(n), 10)
}
